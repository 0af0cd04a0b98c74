"""Where does it rest? The log, the lake, the state beside them, and the models on disk.

Comes in: events, decisions, and changes the rooms below ask for. Goes out: verdicts, rows, Parquet.

===============  ==========================================================
``home``         the folder of one installation, made so that it survives a power cut
``database``     connections to its SQLite file, schemas, widened statements
``log``          the ``Writer``: one thread, group commit, an answer for each item
``appending``    which events are new, which are known, which contradict a known one
``rows``         an event as a row of the log
``decisions``    decisions and period lists: written once, found again wherever they rest
``manifest``     which Parquet files are the lake
``seal``         moves the log into the lake
``lake``         reads lake and log as one consistent snapshot
``deriving``     files made from others enter the lake, with what they were made from
``engines``      DuckDB and Spark behind one contract
``records``      records as SQL: JSON → columns → JSON, nested fields and defaults included
``bodies``       one JSON for equal records
``rebuild``      makes every derived table again
``tombstones``   who has left, and what keeps them out
``erasure``      removes a listener from everything, step by step, with a certificate
``leaving``      everything known of one listener, to take along
``parcels``      several files as one zip or folder, whole or not at all
``rewriting``    the lake's files written again without somebody
``locks``        one process at a time, and none after its death
``artefacts``    model folders: verified, switched atomically
``keys``         who may do what; secrets kept only as hashes
``faults``       what was wrong with what was not kept
===============  ==========================================================
"""
