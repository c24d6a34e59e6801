"""Packed: bytes compressed by zstd, with a checksum; they begin as no JSON text and no frame of ours does.

The objects that compress are made anew each time: none of them may be used by two threads at once.
"""

import msgspec
from zstandard import (
    DICT_TYPE_RAWCONTENT,
    ZstdCompressionDict,
    ZstdCompressor,
    ZstdDecompressor,
    ZstdError,
    frame_content_size,
)

MOST_BYTES = 34 << 20
"""More than the largest frame, a record of 16 MiB of which nearly all is its head; what is more is not opened."""
_MAGIC = b"\x28\xb5\x2f\xfd"
_LEVEL = 1
"""Calls of one frame are so much alike that level 3 saves nothing more, and takes a fifth longer."""
_CHECKSUM_FLAG = 0b100
_CHUNK = 1 << 10
"""Of so many bytes no more than 32 MiB come out at once."""


def pack(data: bytes, known: bytes = b"", level: int = _LEVEL) -> bytes:
    """The packed bytes of these; what is `known` to whoever unpacks them, too, costs next to nothing."""
    return ZstdCompressor(level, _dictionary(known), write_checksum=True, write_dict_id=False).compress(data)


def is_packed(data: bytes) -> bool:
    """Whether bytes begin as packed ones do."""
    return data.startswith(_MAGIC)


def is_whole(data: bytes) -> bool:
    """Whether packed bytes come out as they were."""
    try:
        unpack(data)
    except msgspec.DecodeError:
        return False
    return True


def unpack(data: bytes, known: bytes = b"", most_bytes: int = MOST_BYTES) -> bytes:
    """What was packed, by whoever knew the same.

    Raises:
        msgspec.DecodeError: the bytes are damaged, cut off, no packed ones, or more than `most_bytes` come out.
    """
    try:
        size = frame_content_size(data)
        if not 0 <= size <= most_bytes:
            raise msgspec.DecodeError(f"packed bytes that do not say their size, or more than {most_bytes:,}")
        return ZstdDecompressor(_dictionary(known)).decompress(data, allow_extra_data=False)
    except ZstdError as error:
        raise msgspec.DecodeError(f"packed bytes that cannot be unpacked: {error}") from error


def salvage(data: bytes, most_bytes: int) -> bytes:
    """As much of what was packed as comes out up to the first fault, and no more than `most_bytes`.

    Without its checksum, or nothing of a small frame would come out: it is as much damaged as anything else.
    """
    out = bytearray()
    data = data[:4] + bytes(flags & ~_CHECKSUM_FLAG for flags in data[4:5]) + data[5:]
    stream = ZstdDecompressor().decompressobj()
    try:
        for at in range(0, len(data), _CHUNK):
            out += stream.decompress(data[at : at + _CHUNK])
            if len(out) >= most_bytes or stream.eof:
                break
    except ZstdError:
        pass  # what came out before is what there is
    return bytes(out[:most_bytes])


def _dictionary(known: bytes) -> ZstdCompressionDict | None:
    """It has no id: that what comes out is what went in, its checksum says."""
    return ZstdCompressionDict(known, DICT_TYPE_RAWCONTENT) if known else None
