"""Long texts that are stored compressed on SQLite: most of what a document says is said by every other one, too.

PostgreSQL compresses long values by itself. What is stored is a byte that names a dictionary, and what zlib made of the
text by it. Whoever asks in SQL gets the text, letter by letter: that is what digests are made of. A text that is stored
as it is, is read as well: older databases have some.
"""

from __future__ import annotations

import zlib

from sqlalchemy import Text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.compression.dictionaries import DICTIONARIES


def compress(text: str, dictionary: int) -> bytes:
    """`dictionary` is the number of the one that has most of what texts of this kind say."""
    writer = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zdict=DICTIONARIES[dictionary])
    return bytes([dictionary]) + writer.compress(text.encode()) + writer.flush()


def shortest(text: str, dictionary: int) -> str | bytes:
    """As it is stored on SQLite: compressed, where that is shorter."""
    compressed = compress(text, dictionary)
    return compressed if len(compressed) < len(text.encode()) else text


def uncompress(stored: bytes) -> str:
    """Raises ValueError for what is no such text, or was damaged."""
    dictionary = DICTIONARIES.get(stored[0]) if stored else None
    if dictionary is None:
        raise ValueError("is compressed in no way that is known")
    reader = zlib.decompressobj(zdict=dictionary)
    try:
        text = reader.decompress(stored[1:])
    except zlib.error as error:
        raise ValueError(f"can't be uncompressed: {error}") from None
    if not reader.eof or reader.unused_data:
        raise ValueError("can't be uncompressed: it ends too early, or too late")
    return text.decode()


class Uncompressed(FunctionElement[str]):
    """The text of a column that may be compressed. On SQLite by a function of ours, on PostgreSQL the column itself."""

    name = "uncompressed"
    type = Text()
    inherit_cache = True


@compiles(Uncompressed)
def compile_column(function: Uncompressed, compiler: SQLCompiler, **options: object) -> str:
    return compiler.process(function.clauses, **options)


@compiles(Uncompressed, "sqlite")
def compile_on_sqlite(function: Uncompressed, compiler: SQLCompiler, **options: object) -> str:
    """What is no bytes is left to SQLite: a damaged text may be none that Python can be given."""
    column = compiler.process(function.clauses, **options)
    return f"CASE typeof({column}) WHEN 'blob' THEN uncompressed({column}) ELSE {column} END"


def add_uncompressed(connection: DBAPIConnection) -> None:
    """Let a connection to a SQLite file ask for `uncompressed(column)`."""
    connection.create_function("uncompressed", 1, read_stored, deterministic=True)


def read_stored(stored: object) -> object:
    """What is damaged comes as its digits, which are no JSON: who reads it says so, and goes on."""
    if not isinstance(stored, bytes):
        return stored
    try:
        return uncompress(stored)
    except ValueError:
        return f"damaged: {stored.hex()}"
