"""The scanner: feeds in, RawDeal records out.

feeds.py      which feeds there are, and what they are called
fetching.py   bytes of a feed, from a file or over HTTP (addresses.py, politeness.py)
markup.py     hostile bytes to XML that is safe to parse
entries.py    a parsed feed to RawDeal records (dialects.py, bodies.py, times.py)
state.py      what was seen and acknowledged before
publishing.py records to Kafka, or to a file
scanning.py   all of these, feed by feed; a broken feed never stops the others
"""
