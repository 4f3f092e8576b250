"""Where the models and rubrics that come with reviewkit lie: in the package when installed, else in the checkout."""

from pathlib import Path

from reviewkit.errors import BundleError

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(name: str) -> Path:
    """Folder of what comes with reviewkit.

    Parameters
    ----------
    name : str
        ``"models"`` or ``"rubrics"``.

    Raises
    ------
    BundleError
        If this installation carries none.

    Examples
    --------
    >>> (shipped_folder("rubrics") / "classroom-management.yaml").is_file()
    True
    """
    for root in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise BundleError(f"{name}: did not come with this installation; install reviewkit from a wheel or a checkout.")
