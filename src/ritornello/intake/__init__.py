"""How does it come in? Every foreign form of a listen, a count or an item, read without trust.

Comes in: bytes, or a path somebody gave. Goes out: ``(kept, faults)``. A reader never raises on
content, gives the same answer for the same bytes, keeps the good rows among the bad, and names
source, position, field and rule of each row it could not keep.

=======================  ===============================================================
``elements``             the elements of a JSON array, however broken one of them is
``refusal``              a row that breaks a rule, on its way to becoming a fault
``events``               our own event API
``event_lines``          the same events from a file, one a line
``listenbrainz``         ListenBrainz's submit-listens and feedback, both ways
``listenbrainz_rules``   what ListenBrainz takes and refuses, in its own words
``playlists``            a list as every player can take it: words, and by what it is found
``jspf``                 playlists as ListenBrainz writes them
``xspf``                 playlists as XML, for players on a desktop
``m3u8``                 playlists as paths, one a line
``playlist_forms``       the forms a playlist can be written in, by name or media type
``chunks``               the rows of a file gathered into chunks
``fields``               the values of a table's row, held to their form
``hetrec``               the HetRec 2011 Last.fm folder: artists, tags, tallies
``interactions``         a plain table with named columns: CSV, TSV or Parquet
``archives``             a zip, a folder or a file, opened alike and without trust
``charsets``            the text of a file, whatever it is written in
``plain_text``          hostile HTML as plain text
``rss``                 an RSS document as a stream of small parts, without trust
``feed_items``          what such parts say of a show and its episodes
``feeds``               a podcast's feed, with the transcripts and chapters it names
``captions``            transcripts: WebVTT, SubRip, JSON, HTML, plain text
``transcript_files``    a folder of transcripts, put to the episodes they are called as
``cues``                their cues made into segments: in order, apart, by speaker
``chapters``            chapters: JSON, or in the feed
``hosts``                which hosts may be asked for a document, and at which addresses
``fetching``             a document from the web, where the owner allowed it
``member_rows``          the rows of an export's files, each with its place in the whole
``recordings``           what an artist, a title and a release name together
``listenbrainz_export``  ListenBrainz's export of a listener, today's and the older one
``lastfm_csv``           Last.fm histories, as the exporters in use write them
``scrobbler_log``        the log of a portable player
``arrays``               a JSON array of any length, decoded from a stream
``member_arrays``        the rows of an export whose files are JSON arrays
``spotify_items``        what a row of a Spotify export names
``spotify``              Spotify's Extended Streaming History
``spotify_basic``        Spotify's account data: one year, to the minute
``histories``            which export is this, and how it is read
``apart``                an export read in a process of its own
``digests``              what names an import for ever
``importing``            the driver of every import: progress, resuming, the summary
=======================  ===============================================================
"""
