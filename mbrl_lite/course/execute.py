"""Running a notebook with this very Python, in an empty working folder and an empty home."""

import logging
import os
import sys
import tempfile
from pathlib import Path

import mbrl_lite
from mbrl_lite.errors import MbrlError, require

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_TEXT = "(an interactive control: run this cell to use it)"
IGNORE = "nbval-ignore-output"


def execute(notebook, grade_mode: bool, cell_seconds: int = 600):
    """Execute a notebook in place and return it, its outputs cleaned; raises `MbrlError` for a cell that failed."""
    nbclient = require("nbclient", "lab")
    with tempfile.TemporaryDirectory(prefix="mbrl_lite_") as folder:
        env = environment(Path(folder), {"MBRL_LITE_GRADE": "1"} if grade_mode else {})
        runner = client(notebook, cell_seconds, coalesce_streams=True)
        try:
            runner.execute(cwd=folder, env=env)
        except nbclient.exceptions.CellExecutionError as error:
            raise MbrlError(f"a cell failed while the notebook was built:\n{error}") from None
        except nbclient.exceptions.CellTimeoutError as error:
            raise MbrlError(f"a cell ran for over {cell_seconds} s while the notebook was built:\n{error}") from None
    return cleaned(notebook)


def client(notebook, cell_seconds: int, base=None, **options):
    """An nbclient client whose kernel is this Python, whatever kernels are registered on the machine."""
    nbclient = require("nbclient", "lab")
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ThisPython(AsyncKernelManager):
        @property
        def kernel_spec(self):
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
            return KernelSpec(argv=argv, display_name="this Python", language="python")

    log = logging.getLogger("mbrl_lite.course")  # nbclient logs what it raises or what the grader reports anyway
    log.setLevel(logging.CRITICAL)
    return (base or nbclient.NotebookClient)(
        notebook, timeout=cell_seconds, kernel_manager_class=ThisPython, record_timing=False, log=log, **options
    )


def environment(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    """The kernel's environment: nobody's settings or progress leak in, and the library is found."""
    import matplotlib

    env = {name: value for name, value in os.environ.items() if name not in ("MBRL_LITE_GRADE", "MBRL_LITE_RECORD")}
    package = str(Path(mbrl_lite.__file__).resolve().parent.parent)
    env["PYTHONPATH"] = os.pathsep.join(part for part in (package, env.get("PYTHONPATH")) if part)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env.update(HOME=str(home), USERPROFILE=str(home), IPYTHONDIR=str(home), MBRL_LITE_HOME=str(folder / "progress"))
    # An empty home would make every kernel search the machine's fonts again.
    env["MPLCONFIGDIR"] = matplotlib.get_cachedir()
    env["MATPLOTLIBRC"] = str(Path(matplotlib.get_data_path()) / "matplotlibrc")
    env.setdefault("MBRL_LITE_PRESET", "smoke")
    return env | extra


def cleaned(notebook):
    """Drop what differs from one run to the next or needs a live kernel to be shown."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            output.pop("transient", None)
            if WIDGET in output.get("data", {}):
                if IGNORE not in cell.metadata.get("tags", ()):
                    raise MbrlError(f'cell {number} shows a widget, never twice the same: give it tags=["{IGNORE}"]')
                output["data"] = {"text/plain": WIDGET_TEXT}
    return notebook
