"""What can be heard? Tracks, artists, albums, shows and episodes, and which of them are the same.

Comes in: items from scrobbles, imports and editors. Goes out: stable ids for things known only by
name, the catalogue as rows (``items``) and as columns for serving (``view``), and what editors
ruled. The tables are truth: nothing else could make them again.

=================  ==================================================================
``identity``       which texts name the same recording, and the ids made of them
``items``          the table of items: upsert, look up, resolve a scrobble to an item
``aliases``        two ids are one thing: merge and unmerge, nothing deleted
``version_words``  live, remix, acoustic: which version a title says it is
``view``           the catalogue as immutable columns, refreshed as it grows
``postings``       which rows each word is said of
``rulings``        editors' pins and blocks
``transcripts``    what is said in an episode, and its chapters
``lines``          the lines of a file, none longer than a limit
``parquet``        the rows of anybody's Parquet file
``exchange``       the catalogue in and out as JSON Lines and Parquet
=================  ==================================================================
"""
