"""What did it mean? From events to what they say.

Comes in: events as they were logged. Goes out: whether a listen was a play, a skip or neither.

``plays``  the reading of one listen that taste and "ever heard" rest on
``tables``  what the files of signals declare: key, needs, day, reach; each after what it needs
"""
