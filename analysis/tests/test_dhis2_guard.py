"""No address that a person types leads into our own network, whatever it is called and wherever it resolves or redirects."""

import socket
import threading

import pytest

from analysis.core.errors import BadInput
from analysis.dhis2.addresses import Policy, read_address
from analysis.dhis2.connection import GuardedBackend, Limits, Server
from analysis.dhis2.login import Login
from analysis.tests import dhis2_server as fake

OPEN = Policy()
QUICK = Limits(connect_seconds=0.5, silence_seconds=1, answer_seconds=2, tries=2, first_pause_seconds=0.01)
LOGIN = Login(token=fake.TOKEN)
INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::",
    "2001:db8::1",
]  # fmt: skip


class Listener:
    """A port on this machine that counts who comes."""

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.visits = self._socket.getsockname()[1], 0
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def __exit__(self, *_):
        self._socket.close()


def code_of(call) -> str:
    with pytest.raises(BadInput) as refusal:
        call()
    return refusal.value.code


@pytest.mark.parametrize("inside", INSIDE)
def test_a_name_that_resolves_inside_is_not_connected_to(inside):
    with Listener() as listener:
        policy = Policy(ports=(listener.port,))
        address = read_address(f"https://dhis2.example.org:{listener.port}", policy)
        server = Server(address, LOGIN, policy, QUICK, resolve=lambda host, port: [inside])
        assert code_of(lambda: server.get("system/info.json")) == "dhis2_not_public"
        assert listener.visits == 0
        assert server.spent.requests == 1, "a refusal is final and not tried again"


@pytest.mark.parametrize("inside", INSIDE)
def test_one_inner_address_among_public_ones_spoils_them_all(inside):
    server = Server(read_address("https://dhis2.example.org", OPEN), LOGIN, OPEN, QUICK,
                    resolve=lambda host, port: ["93.184.216.34", inside])  # fmt: skip
    assert code_of(lambda: server.get("system/info.json")) == "dhis2_not_public"


@pytest.mark.parametrize("inside", [one for one in INSIDE if "%" not in one])
def test_an_inner_address_written_out_is_refused_at_once(inside):
    text = f"https://[{inside}]/" if ":" in inside else f"https://{inside}/"
    assert code_of(lambda: read_address(text, OPEN)) == "dhis2_not_public"


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "LOCALHOST.", "localhost.localdomain"],
)
def test_odd_spellings_of_this_machine_are_seen_through(host):
    """By this machine's own resolver, which knows them all; those that it doesn't know lead nowhere."""
    with Listener() as listener:
        policy = Policy(ports=(listener.port,))

        def ask():
            address = read_address(f"https://{host}:{listener.port}/", policy)
            Server(address, LOGIN, policy, QUICK).get("system/info.json")

        assert code_of(ask) in ("dhis2_not_public", "dhis2_unreachable", "dhis2_address")
        assert listener.visits == 0


def test_a_name_that_changes_its_mind_is_held_to_what_was_checked():
    """DNS rebinding: public when it is checked, this machine when it is connected to."""
    answers = [["203.0.113.9"], ["127.0.0.1"]]
    asked = []

    def turning(host, port):
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    with Listener() as listener:
        policy = Policy(ports=(listener.port,))
        address = read_address(f"https://rebind.example.org:{listener.port}", policy)
        # 203.0.113.0/24 is kept for documentation and so not public: refused. Its neighbours are not.
        assert (
            code_of(lambda: Server(address, LOGIN, policy, QUICK, resolve=turning).get("x"))
            == "dhis2_not_public"
        )
        answers[0], asked[:] = ["93.184.216.34"], []
        server = Server(address, LOGIN, policy, QUICK, resolve=turning)
        assert code_of(lambda: server.get("system/info.json")) in ("dhis2_slow", "dhis2_unreachable")
        assert asked == ["rebind.example.org"], "resolved once, however often it is tried"
        assert server.spent.requests == QUICK.tries
        assert listener.visits == 0


def test_the_connection_goes_to_the_checked_address_and_to_no_other_host():
    with Listener() as listener:
        held = GuardedBackend(False, lambda: None, lambda host, port: ["93.184.216.34"])
        assert held._addresses("a.example", 443) == ["93.184.216.34"]
        with pytest.raises(Exception, match="another host"):
            held.connect_tcp("127.0.0.1", listener.port, 0.5)
        assert listener.visits == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://dhis2.example.org", "dhis2_not_encrypted"),
        ("https://dhis2.example.org:22", "dhis2_port"),
        ("https://dhis2.example.org:6379/", "dhis2_port"),
        ("https://user:secret@dhis2.example.org", "dhis2_address"),
        ("ftp://dhis2.example.org", "dhis2_address"),
        ("file:///etc/passwd", "dhis2_address"),
        ("gopher://dhis2.example.org", "dhis2_address"),
        ("https://", "dhis2_address"),
        ("https://a b", "dhis2_address"),
        ("https://a\nHost: b", "dhis2_address"),
        ("https://dhis2.example.org/../../x", "dhis2_address"),
        ("https://dhis2.example.org/a%2f..", "dhis2_address"),
        ("https://dhis2.example.org:port", "dhis2_address"),
        ("https://" + "a" * 600, "dhis2_address"),
    ],
)
def test_what_is_no_address_of_a_server_is_refused(text, told):
    assert code_of(lambda: read_address(text, OPEN)) == told


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("dhis2.example.org", "https://dhis2.example.org"),
        ("https://DHIS2.Example.org/dhis/", "https://dhis2.example.org/dhis"),
        ("https://dhis2.example.org/dhis/dhis-web-dashboard/#/", "https://dhis2.example.org/dhis"),
        ("https://dhis2.example.org/api/40/me", "https://dhis2.example.org"),
        ("https://dhis2.example.org:8443/apps/login?x=1", "https://dhis2.example.org:8443"),
    ],
)
def test_addresses_are_read_as_people_copy_them(text, read):
    assert str(read_address(text, OPEN)) == read


def test_an_allow_list_leaves_nobody_else():
    policy = Policy(hosts=frozenset({"dhis2.example.org"}))
    assert str(read_address("https://dhis2.example.org", policy))
    assert code_of(lambda: read_address("https://other.example.org", policy)) == "dhis2_host_not_allowed"


@pytest.fixture
def server():
    class Nothing:
        units, elements, values = {}, {}, {}

    with fake.dhis2(Nothing()) as running:
        yield running


def asked(server, path="system/info.json"):
    policy = Policy(trusted=frozenset({server.origin}))
    with Server(read_address(server.address, policy), LOGIN, policy, QUICK) as here:
        return here.get(path)


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data/", "//169.254.169.254/", "http://127.0.0.1:1/", "https://127.0.0.1/", "file:///etc/passwd",
     "http://127.0.0.1@169.254.169.254/", "http://[::1]/", "http://example.org/", "\\\\example.org\\x", "http://a:b"],
)  # fmt: skip
def test_a_redirect_to_another_place_is_not_followed(server, location):
    server.faults["system"] = [fake.redirect(location)]
    assert code_of(lambda: asked(server)) in ("dhis2_redirected", "dhis2_unreadable", "dhis2_not_found")
    assert all(one.startswith("/") for one in server.asked)


def test_a_redirect_within_the_server_is_followed_but_not_in_circles(server):
    server.faults["system"] = [fake.redirect("/api/system/info.json?again=1")]
    assert asked(server)["version"] == "2.41.3"
    server.faults["system"] = [fake.redirect("/api/system/info.json")] * 9
    assert code_of(lambda: asked(server)) == "dhis2_redirected"


def test_a_trusted_origin_is_that_origin_alone(server):
    policy = Policy(trusted=frozenset({server.origin}))
    other = server.origin.replace("127.0.0.1", "127.0.0.2")
    assert code_of(lambda: read_address(other, policy)) == "dhis2_not_encrypted"
    assert code_of(lambda: read_address(server.origin.replace("http", "https"), policy)) in (
        "dhis2_port",
        "dhis2_not_public",
    )


def test_a_login_shows_nothing_of_itself():
    assert fake.TOKEN not in f"{LOGIN!r} {LOGIN}"
    assert fake.PASSWORD not in repr(Login(user_name="a", password=fake.PASSWORD))
