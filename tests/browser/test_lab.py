"""Chapter 00 in a real JupyterLab, in a real browser: Run All works, the slider moves the picture. `make browser`."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path(os.environ.get("MBRL_LITE_PAGES", ROOT / "runs" / "pages"))  # screenshots, to be looked at
CHAPTER = "00_start_here.ipynb"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A JupyterLab of its own, with an empty home, on a copy of the chapter without outputs; every cell is drawn."""
    home = tmp_path_factory.mktemp("home")
    work = home / "my"
    work.mkdir()
    notebook = nbformat.read(ROOT / "chapters" / CHAPTER, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None  # so that what is seen later was run here
    nbformat.write(notebook, work / CHAPTER)
    tracker = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text(json.dumps({"windowingMode": "none"}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "MBRL_LITE"))}
    env |= {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "PYTHONPATH": str(ROOT)}
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=secret"]
    options += ["--no-browser"]
    start = "from pathlib import Path; from mbrl_lite.course.lab import open_lab; "
    start += f"open_lab(Path({str(work)!r}), {options})"  # as `make lab` opens it
    server = subprocess.Popen([sys.executable, "-c", start], env=env, cwd=work, process_group=0)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token=secret", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{CHAPTER}?token=secret"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def _wait_for(url: str, server: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, "JupyterLab ended at once"
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.3)
    raise AssertionError(f"JupyterLab did not answer in {seconds} seconds")


@pytest.fixture(scope="module")
def page(address):
    """Chapter 00 with all its cells run."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra 'browser'")
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        count = sum(cell.cell_type == "code" for cell in nbformat.read(ROOT / "chapters" / CHAPTER, as_version=4).cells)
        sync_api.expect(cells).to_have_count(count, timeout=60_000)
        sync_api.expect(page.get_by_text("| Idle").first).to_be_visible(timeout=60_000)  # the kernel is there
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = cells.nth(count - 1).locator(".jp-InputPrompt")
        sync_api.expect(last).to_have_text(f"[{count}]:", timeout=180_000)
        page.wait_for_timeout(1500)  # the last pictures arrive
        yield page
        browser.close()


def test_every_cell_runs_as_shipped(page):
    assert page.locator(".jp-Notebook .jp-CodeCell").count() > 15
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.get_by_text("not done yet").count() >= 2


def test_the_slider_moves_the_picture(page):
    widget = page.locator(".jp-Cell", has=page.locator(".widget-slider"))
    picture = widget.locator("img").first
    before = picture.get_attribute("src")
    handle = widget.locator(".noUi-handle").first
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(2500)
    assert widget.locator(".widget-readout").first.inner_text() == "13"
    assert picture.get_attribute("src") != before


def test_pictures_of_the_whole_page(page):
    """Screens from top to bottom in runs/pages/, for a person to look at."""
    PAGES.mkdir(parents=True, exist_ok=True)
    panel = page.locator(".jp-WindowedPanel-outer").first
    height = panel.evaluate("e => e.scrollHeight")
    for number, top in enumerate(range(0, height, 850)):
        panel.evaluate("(e, top) => e.scrollTo(0, top)", top)
        page.wait_for_timeout(400)
        page.screenshot(path=PAGES / f"00_{number:02d}.png")
    assert len(list(PAGES.glob("00_*.png"))) >= 5
