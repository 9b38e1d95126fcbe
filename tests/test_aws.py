"""The CloudFormation template against the program: what it starts, sets and watches is what the code knows."""

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from chatmrpt import metrics
from sessions_app.isolation.roles import QUIET_LOG
from tests.running_stack import ROOT
from tests.test_docker import image_commands

TEMPLATE = ROOT / "deploy" / "aws" / "chatmrpt.yml"
PACKAGES = ("chatmrpt", "sessions_app", "analysis", "assistant")
COUNTED = re.compile(r'\b(?:count|observe_seconds)\(\s*"(\w+)"')
NOTHING = {"Ref": "AWS::NoValue"}


class Template(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` becomes {"Ref": "X"}."""


def short_form(loader: Template, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", short_form)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader=Template)


@pytest.fixture(scope="module")
def resources(template) -> dict[str, Any]:
    return template["Resources"]


@pytest.fixture(scope="module")
def containers(resources) -> dict[str, dict[str, Any]]:
    """What each task definition starts, by its name there."""
    return {
        name: one["Properties"]["ContainerDefinitions"][0] | {"Role": one["Properties"]["ExecutionRoleArn"]}
        for name, one in resources.items()
        if one["Type"] == "AWS::ECS::TaskDefinition"
    }


def secrets(container: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that are always there, and those that a condition adds."""
    return [one["If"][1] if "If" in one else one for one in container["Secrets"]]


def refs(value: object) -> set[str]:
    """Every `!Ref` within."""
    if isinstance(value, dict):
        found = {value["Ref"]} if isinstance(value.get("Ref"), str) else set()
        return found.union(*map(refs, value.values()))
    return set().union(*map(refs, value)) if isinstance(value, list) else set()


def test_every_command_of_a_task_is_one_that_the_image_knows(containers):
    assert set(containers) == {"WebTask", "WorkerTask", "StreamsTask", "TurnsTask", "BeatTask", "JobTask"}
    for name, container in containers.items():
        assert container["Command"][0] in image_commands(), name
        if "HealthCheck" in container:
            assert container["HealthCheck"]["Command"][1:3] == ["/app/docker/start", "healthy"], name


def test_every_variable_of_a_task_is_read_by_the_settings_or_by_the_start(containers):
    known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name, container in containers.items():
        given = [one["Name"] for one in [*container["Environment"], *secrets(container)]]
        assert len(given) == len(set(given)), name
        assert set(given) - known == set(), name


def test_all_tasks_are_told_the_same(containers):
    own = {"WORKER_HEARTBEAT_FILE"}
    told = [[one for one in each["Environment"] if one["Name"] not in own] for each in containers.values()]
    assert all(one == told[0] for one in told)
    files = {"If": ["HasSettingsFile", [{"Type": "s3", "Value": {"Ref": "SettingsFile"}}], NOTHING]}
    assert [name for name, one in containers.items() if one["EnvironmentFiles"] != files] == []


def test_whoever_starts_a_task_may_read_its_secrets_and_the_settings_file_and_no_more(containers, resources):
    for name, container in containers.items():
        role = container["Role"]["GetAtt"].removesuffix(".Arn")
        allowed = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        assert refs(allowed[0]["Resource"]) >= refs(secrets(container)), name
        assert [one["If"] for one in allowed[2:]] == [
            ["HasSettingsFile", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Ref": "SettingsFile"}}, NOTHING],
            [
                "HasSettingsFile",
                {
                    "Effect": "Allow",
                    "Action": "s3:GetBucketLocation",
                    "Resource": {"Select": [0, {"Split": ["/", {"Ref": "SettingsFile"}]}]},
                },
                NOTHING,
            ],
        ], name  # fmt: skip


def test_nothing_starts_before_there_are_roles_and_tables(template, resources):
    """A web task ends where it finds none, and tasks that end take the whole stack back with them."""
    services = {name: one for name, one in resources.items() if one["Type"] == "AWS::ECS::Service"}
    assert len(services) == 5
    least = {"WebService": {"Ref": "WebTasksLeast"}, "WorkerService": {"Ref": "WorkerTasksLeast"}}
    for name, one in services.items():
        counts = {started: desired(template, one, started) for started in ("no", "first", "yes")}
        assert counts["no"] == 0, name
        assert counts["first"] == least.get(name, counts["first"]) != 0, name
        # Scaling has made them as many as are needed: an update that named a number would take them away.
        assert (counts["yes"] == NOTHING) == (name in least), name
    assert template["Parameters"]["Started"]["AllowedValues"] == ["no", "first", "yes"]
    scaling = [one for one in resources.values() if one["Type"].startswith("AWS::ApplicationAutoScaling::")]
    assert {one.get("Condition") for one in scaling} == {"IsStarted"}


@pytest.mark.parametrize("asking", ["WebService", "BeatService"])
def test_whoever_asks_for_work_is_replaced_after_whoever_does_it(resources, asking):
    """Celery drops a message whose task the worker doesn't know."""
    assert {"WorkerService", "TurnsService"} <= set(resources[asking]["DependsOn"])


def test_the_database_of_the_stack_writes_no_words_of_users_into_its_log(resources):
    """What the roles carry elsewhere; the master user of such a service can't lay it on them."""
    assert QUIET_LOG.items() <= resources["DatabaseParameters"]["Properties"]["Parameters"].items()


def test_the_job_of_a_new_version_can_run_before_its_services(resources, containers):
    assert containers["JobTask"]["Image"] == {"If": ["HasJobImage", {"Ref": "JobImage"}, {"Ref": "Image"}]}
    assert {str(one["Image"]) for name, one in containers.items() if name != "JobTask"} == {
        str({"Ref": "Image"})
    }


def test_every_task_writes_to_a_folder_that_the_image_names_a_volume(containers):
    """Fargate gives an empty volume the rights of the image's folder only where the image names that folder a volume."""
    for name, one in containers.items():
        assert one["ReadonlyRootFilesystem"] is True, name
        assert [mount["ContainerPath"] for mount in one["MountPoints"]] == ["/tmp"], name
    assert 'VOLUME ["/tmp"]' in (ROOT / "docker" / "Dockerfile").read_text()
    # Whatever serves or works tells that it lives; the job tells by its status.
    assert [name for name, one in containers.items() if "HealthCheck" not in one] == ["JobTask"]


KEY_ORDERS = ["k1", "k1,k2", "k2,k1", "k2"]


@pytest.mark.parametrize("keys", KEY_ORDERS)
@pytest.mark.parametrize("kind", ["CLAIM_KEY", "TASK_KEY"])
def test_the_four_steps_of_a_rotation_give_the_keys_that_they_name(template, containers, kind, keys):
    holds = {name: true(one, SigningKeys=keys) for name, one in template["Conditions"].items()}
    assert keys in template["Parameters"]["SigningKeys"]["AllowedValues"]
    for container in containers.values():
        given = {
            one["Name"]: chosen(one.get("Value", one.get("ValueFrom")), holds)
            for one in (chosen(each, holds) for each in [*container["Environment"], *container["Secrets"]])
            if one != NOTHING
        }
        order = [given[f"{kind}_ID"]] + ([given[f"{kind}_NEXT_ID"]] if f"{kind}_NEXT" in given else [])
        assert ",".join(order) == keys
        # Each id keeps its secret, whichever of the two signs.
        title = {"CLAIM_KEY": "ClaimKey", "TASK_KEY": "TaskKey"}[kind]
        of = {"k1": {"Ref": title}, "k2": {"Ref": f"{title}Two"}}
        assert given[kind] == of[order[0]]
        assert given.get(f"{kind}_NEXT") == (of[order[1]] if len(order) > 1 else None)


@pytest.mark.parametrize("keys", KEY_ORDERS)
def test_the_secret_key_is_changed_in_the_same_four_steps(template, containers, keys):
    """Each task knows the new key before any signs with it, and the old one until what it signed is over."""
    holds = {name: true(one, SessionKeys=keys) for name, one in template["Conditions"].items()}
    assert keys in template["Parameters"]["SessionKeys"]["AllowedValues"]
    of = {"k1": {"Ref": "DjangoKey"}, "k2": {"Ref": "DjangoKeyTwo"}}
    first, *others = (of[one] for one in keys.split(","))
    for name, container in containers.items():
        given = [one for one in (chosen(each, holds) for each in container["Secrets"]) if one != NOTHING]
        found = {one["Name"]: chosen(one["ValueFrom"], holds) for one in given}
        assert found["SECRET_KEY"] == first, name
        assert [found[one] for one in ("SECRET_KEY_FALLBACKS",) if one in found] == others, name


def test_the_runbook_says_how_each_secret_of_the_stack_is_changed(resources):
    page = (ROOT / "docs" / "operations" / "runbook" / "key-rotation.md").read_text(encoding="utf-8")
    made = {name for name, one in resources.items() if one["Type"] == "AWS::SecretsManager::Secret"}
    assert {name for name in made if f"`{name}`" not in page} == set()


def true(condition: dict[str, Any], **changed: str) -> bool:
    """Whether it holds with these parameters; the others are as a running stack has them."""
    if "Or" in condition:
        return any(true(one, **changed) for one in condition["Or"])
    if "Not" in condition:
        return not true(condition["Not"][0], **changed)
    left, right = condition["Equals"]
    usual = {"SigningKeys": "k1", "SessionKeys": "k1", "SettingsFile": "", "JobImage": "", "Started": "yes"}
    return (usual | changed)[left["Ref"]] == right


def desired(template: dict[str, Any], service: dict[str, Any], started: str) -> Any:
    holds = {name: true(one, Started=started) for name, one in template["Conditions"].items()}
    return chosen(service["Properties"]["DesiredCount"], holds)


def chosen(value: Any, holds: dict[str, bool]) -> Any:
    while isinstance(value, dict) and "If" in value:
        name, yes, no = value["If"]
        value = yes if holds[name] else no
    return value


def test_what_the_privacy_notice_says_of_backups_and_logs_is_what_is_kept(resources, containers):
    for name, container in containers.items():
        told = {one["Name"]: one["Value"] for one in container["Environment"]}
        assert told["PRIVACY_BACKUPS_DAYS"] == {"Ref": "BackupDays"}, name
        assert told["PRIVACY_LOGS_DAYS"] == {"Ref": "LogDays"}, name
    assert resources["Database"]["Properties"]["BackupRetentionPeriod"] == {"Ref": "BackupDays"}
    rules = {one["Id"]: one for one in resources["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    kept = rules["deleted-means-deleted"]["NoncurrentVersionExpiration"]
    assert kept == {"NoncurrentDays": {"Ref": "BackupDays"}}
    logs = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Logs::LogGroup"]
    assert [one["RetentionInDays"] for one in logs] == [{"Ref": "LogDays"}] * 2


def watched(text: str) -> set[str]:
    """The names of our own numbers that alarms, scaling and the dashboard ask for."""
    return {
        *re.findall(r"Namespace: ChatMRPT\n\s+MetricName: (\w+)", text),
        *re.findall(r"Namespace: ChatMRPT, MetricName: (\w+)", text),
        *re.findall(r'\["ChatMRPT", "(\w+)"', text),
    }


@pytest.mark.django_db(databases=["default", "system"])
def test_every_number_of_ours_that_is_watched_is_one_that_is_written():
    written = set(metrics.gauges())
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "tests" not in path.parts:
                written |= set(COUNTED.findall(path.read_text(encoding="utf-8")))
    found = watched(TEMPLATE.read_text(encoding="utf-8"))
    assert {"isolation_attempts", "claims_denied_total", "queue_length", "worker_up", "beat_up"} <= found
    assert found - written == set()


def metrics_in(value: object) -> Iterator[dict[str, Any]]:
    """Every number of ours that a resource asks for, with its dimensions."""
    if isinstance(value, dict):
        if value.get("Namespace") == metrics.NAMESPACE:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from metrics_in(one)


def test_each_number_of_ours_is_asked_for_by_the_name_of_the_stack(resources, containers):
    """As it is written: a metric without its dimensions is another one, which nobody writes."""
    name = {"Ref": "AWS::StackName"}
    asked = list(metrics_in(resources))
    assert {"isolation_attempts", "queue_length", "beat_up"} <= {one["MetricName"] for one in asked}
    assert [one for one in asked if one.get("Dimensions") != [{"Name": metrics.STACK, "Value": name}]] == []
    shown = re.findall(
        r'\["ChatMRPT", "\w+"([^\]{]*)', resources["Dashboard"]["Properties"]["DashboardBody"]["Sub"]
    )
    assert len(shown) > 10
    assert {one.rstrip(", ") for one in shown} == {f', "{metrics.STACK}", "$'}
    for container in containers.values():
        assert {one["Name"]: one["Value"] for one in container["Environment"]}["METRICS_STACK"] == name


def test_an_alarm_tells_somebody_and_there_is_one_for_each_thing_that_the_program_stands_on(resources):
    alarms = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert all(one["AlarmActions"] == [{"Ref": "Alarms"}] for one in alarms)
    names = set(re.findall(r"MetricName': '(\w+)'", str(alarms)))
    assert {
        "database_up", "cache_up", "worker_up", "beat_up", "queue_length", "storage_errors_total", "faults_total", "isolation_attempts",
        "claims_denied_total", "DatabaseConnections", "FreeStorageSpace", "DatabaseMemoryUsagePercentage",
    } <= names  # fmt: skip


def page_of_aws() -> str:
    return (ROOT / "docs" / "operations" / "aws.md").read_text(encoding="utf-8")


def test_the_page_counts_what_it_puts_a_price_on(resources):
    """By the month of 730 hours, each line rounded to a dollar."""
    kinds = [one["Type"] for one in resources.values()]
    page = page_of_aws()
    secrets_made, alarms = kinds.count("AWS::SecretsManager::Secret"), kinds.count("AWS::CloudWatch::Alarm")
    assert f"1 + {secrets_made} × 0.40 + 10 GB at 0.50 + {alarms} × 0.10" in page
    # One for each zone of the balancer, too.
    addresses = kinds.count("AWS::EC2::EIP") + len(resources["Balancer"]["Properties"]["Subnets"])
    assert f"{addresses} × 0.005 an hour" in page
    services, tasks = kinds.count("AWS::ECS::Service"), kinds.count("AWS::ECS::TaskDefinition")
    assert f"(8 + {services} × 11 + {tasks} × 6) × 0.30" in page
    table = page[page.index("## What it costs") :]
    *rows, total = (
        int(cell.replace(",", ""))
        for cell in re.findall(r"^\|.*\| \*{0,2}([\d,]+)\*{0,2} \|$", table, re.MULTILINE)
    )
    assert len(rows) >= 14
    assert total == sum(rows)


def test_a_template_that_is_too_long_to_be_sent_goes_by_a_bucket():
    """51,200 bytes are what `aws cloudformation deploy` sends itself."""
    assert TEMPLATE.stat().st_size < 51_200 or "--s3-bucket" in page_of_aws()


def test_what_is_silent_before_anything_runs_rings_no_alarm(resources):
    """Missing numbers ring where they mean that a program is away; before the first start there is none to be away."""
    ours = {
        name: one
        for name, one in resources.items()
        if one["Type"] == "AWS::CloudWatch::Alarm" and one["Properties"].get("Namespace") == "ChatMRPT"
    }
    silent = {name for name, one in ours.items() if one["Properties"]["TreatMissingData"] == "breaching"}
    assert silent == {"CacheAlarm", "WorkerAlarm", "BeatAlarm"}
    assert {name for name, one in ours.items() if one.get("Condition") == "IsStarted"} == silent | {
        "DatabaseAlarm"
    }


def test_mails_have_a_sender_and_a_login(template, containers):
    sender = template["Parameters"]["MailFrom"]
    assert "Default" not in sender
    for address, good in {
        "ChatMRPT <no-reply@mrpt.example>": True,
        "no-reply@mrpt.example": True,
        "ChatMRPT <no-reply@localhost.mrpt.example>": True,
        "ChatMRPT <no-reply@localhost>": False,
        "ChatMRPT <no-reply@mail.localhost>": False,
        "no-reply@mail.localhost": False,
        "no-reply@localhost.localdomain": False,
        "ChatMRPT <a@b@mrpt.example>": False,
        "no-reply": False,
        "<@mrpt.example>": False,
    }.items():
        assert bool(re.fullmatch(sender["AllowedPattern"], address)) == good, address
    page = page_of_aws()
    for name in ("MailHost", "MailUser", "MailPassword", "MailFrom"):
        assert f"{name}=" in page
    for name, container in containers.items():
        told = {one["Name"]: one["Value"] for one in container["Environment"]}
        told |= {one["Name"]: one["ValueFrom"] for one in secrets(container)}
        for variable, given in {
            "MAIL_HOST": "MailHost", "MAIL_USER": "MailUser", "MAIL_FROM": "MailFrom", "MAIL_PASSWORD": "MailSecret"
        }.items():  # fmt: skip
            # Streams send none.
            if (name, variable) != ("StreamsTask", "MAIL_PASSWORD"):
                assert told[variable] == {"Ref": given}, (name, variable)


def test_a_file_that_fails_on_its_way_leaves_no_parts(resources):
    files = resources["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert set(files["Action"]) == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
    }


@pytest.mark.parametrize("upgrading", [False, True])
def test_event_streams_are_given_no_password_of_the_database_and_none_of_the_mail_server(
    template, containers, upgrading
):
    """While the job is of the next version streams may be of one whose start ends without the three passwords of the database."""
    rows = {"WEB_PASSWORD", "STAFF_PASSWORD", "SYSTEM_PASSWORD"}
    own = {"StreamsTask": rows if upgrading else set()}
    image = f"chatmrpt@sha256:{'a' * 64}" if upgrading else ""
    holds = {name: true(one, JobImage=image) for name, one in template["Conditions"].items()}
    for name, container in containers.items():
        chosen_ones = [chosen(one, holds) for one in container["Secrets"]]
        given = {one["Name"] for one in chosen_ones if one != NOTHING}
        assert given & (rows | {"MAIL_PASSWORD"}) == own.get(name, rows | {"MAIL_PASSWORD"}), name


# About what each class takes, as the page says: its memory / 9,531,392.
BEARS = {"db.m7g.large": 800, "db.m7g.xlarge": 1600}


def test_old_and_new_tasks_together_find_connections_to_the_database(template, resources):
    """64 for each web task, 2 for each worker task, 16 for turns, 10 for staff and maintenance, as the page reckons."""
    page = page_of_aws()

    def together(kind: str, most: int) -> int:
        """ECS rounds down."""
        percent = resources[f"{kind}Service"]["Properties"]["DeploymentConfiguration"]["MaximumPercent"]
        assert percent >= 150, "two tasks could not be replaced"
        return most * percent // 100

    def connections(web: int, workers: int) -> int:
        return 64 * together("Web", web) + 2 * together("Worker", workers) + 16 * together("Turns", 1) + 10

    usual = {name: one.get("Default") for name, one in template["Parameters"].items()}
    # Web and worker grow from two tasks to ten if nothing else is said.
    for kind in ("Web", "Worker"):
        assert (usual[f"{kind}TasksLeast"], usual[f"{kind}TasksMost"]) == (2, 10)
    smaller = re.findall(r"DatabaseClass=(\S+) WebTasksMost=(\d+) DatabaseConnectionsMost=(\d+)", page)
    choices = [(usual["DatabaseClass"], usual["WebTasksMost"], usual["DatabaseConnectionsMost"]), *smaller]
    assert [one[0] for one in choices] == ["db.m7g.xlarge", "db.m7g.large"]
    for of_class, web, alarm in choices:
        assert f"{BEARS[of_class]:,}" in page
        assert connections(int(web), usual["WorkerTasksMost"]) <= 0.9 * BEARS[of_class], of_class
        assert int(alarm) == 0.75 * BEARS[of_class]
    assert connections(8, usual["WorkerTasksMost"]) > 0.9 * BEARS["db.m7g.large"], (
        "seven is the most of the small one"
    )
    rows = re.findall(
        r"^\| [\d,]+ \| [\d,]+ \| [\d,]+ \| ([\d.]+) \| (\d+)[^|]* \| (\d+)[^|]* \| ([\d,]+) \| ([\d,]+) \|",
        page,
        re.MULTILINE,
    )
    assert len(rows) == 4
    for processors, *row in rows:
        web, workers, steady, deploying = (int(cell.replace(",", "")) for cell in row)
        shares = (float(processors) * 2 / 5, float(processors) * 3 / 5 / 2)
        assert (web, workers) == tuple(max(2, math.ceil(one)) for one in shares), row
        assert abs(steady - (64 * web + 2 * workers + 26)) <= 8, row
        assert abs(deploying - connections(web, workers)) <= 8, row
