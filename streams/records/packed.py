"""Packed: bytes compressed by zstd, with a checksum; they begin as no JSON text and no frame of ours does.

The objects that compress are made anew each time: none of them may be used by two threads at once.
"""

import msgspec
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, frame_content_size

MOST_BYTES = 1 << 25
"""More than the largest frame, which is one record of 16 MiB; what claims to be more is not opened."""
_MAGIC = b"\x28\xb5\x2f\xfd"
_LEVEL = 1
"""Calls of one frame are so much alike that level 3 saves nothing more, and takes a fifth longer."""
_CHUNK = 1 << 10
"""Of so many bytes no more than 32 MiB come out at once."""


def pack(data: bytes) -> bytes:
    """The packed bytes of these."""
    return ZstdCompressor(level=_LEVEL, write_checksum=True).compress(data)


def is_packed(data: bytes) -> bool:
    """Whether bytes begin as packed ones do."""
    return data.startswith(_MAGIC)


def unpack(data: bytes) -> bytes:
    """What was packed.

    Raises:
        msgspec.DecodeError: the bytes are damaged, cut off, no packed ones, or more than `MOST_BYTES` come out.
    """
    try:
        size = frame_content_size(data)
        if not 0 <= size <= MOST_BYTES:
            raise msgspec.DecodeError(f"packed bytes that do not say their size, or more than {MOST_BYTES:,}")
        return ZstdDecompressor().decompress(data, allow_extra_data=False)
    except ZstdError as error:
        raise msgspec.DecodeError(f"packed bytes that cannot be unpacked: {error}") from error


def salvage(data: bytes, most_bytes: int) -> bytes:
    """As much of what was packed as comes out up to the first fault, and no more than `most_bytes`."""
    out = bytearray()
    stream = ZstdDecompressor().decompressobj()
    try:
        for at in range(0, len(data), _CHUNK):
            out += stream.decompress(data[at : at + _CHUNK])
            if len(out) >= most_bytes or stream.eof:
                break
    except ZstdError:
        pass  # what came out before is what there is
    return bytes(out[:most_bytes])
