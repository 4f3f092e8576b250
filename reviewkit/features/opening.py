"""An encoder by its name, and the names there are."""

from reviewkit.features.encoder import (
    DEFAULT_ENCODER,
    INT8,
    REDUCED,
    Encoder,
    EncoderSettings,
    SentenceTransformerEncoder,
)
from reviewkit.features.static_encoder import STATIC_ENCODER, StaticEncoder

OWN_ENCODERS = (DEFAULT_ENCODER, f"{DEFAULT_ENCODER}{REDUCED}", f"{DEFAULT_ENCODER}{INT8}", STATIC_ENCODER)


def open_encoder(settings: EncoderSettings = EncoderSettings()) -> Encoder:
    """Load an encoder.

    Parameters
    ----------
    settings : EncoderSettings
        ``"static-minilm"`` is the one that needs no torch; every other name is a sentence-transformers model's.

    Raises
    ------
    EncoderError
        If it is not on disk, or this processor cannot run it.

    Examples
    --------
    >>> open_encoder(EncoderSettings(model="static-minilm")).encode(["Pupils lead the routine."]).shape
    (1, 256)
    """
    return StaticEncoder() if settings.model == STATIC_ENCODER else SentenceTransformerEncoder(settings)
