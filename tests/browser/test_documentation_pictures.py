"""The pictures of the documentation are taken here as its script takes them: whoever changes a page can take them anew."""

from scripts.make_screenshots import IMAGES, MOST_BYTES, SCREEN, pictures, sign_in
from tests.browser.conftest import ARTIFACTS


def test_every_picture_of_the_documentation_can_be_taken_and_is_small(watched, site):
    folder = ARTIFACTS / "documentation"
    folder.mkdir(parents=True, exist_ok=True)
    screen = watched(color_scheme="light")
    screen.page.set_viewport_size(SCREEN)
    sign_in(screen.page, site.demo_email, site.demo_password)
    pictures(screen.page, folder)
    taken = {path.name: path.stat().st_size for path in folder.glob("*.png")}
    assert set(taken) == {path.name for path in IMAGES.glob("*.png")}
    assert {name: size for name, size in taken.items() if not 5_000 < size <= MOST_BYTES} == {}
