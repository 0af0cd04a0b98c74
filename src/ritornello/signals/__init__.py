"""What did it mean? From events to what they say.

Comes in: events as they were logged. Goes out: whether a listen was a play, a skip or neither.

``plays``  the reading of one listen that taste and "ever heard" rest on
``tables``  what the files of signals declare: key, needs, day, reach; each after what it needs
``intents``  what a visit can be for, where that is declared, which of several sources holds
``mixture``  kinds of visit over mixed features, and which one this looks like
``em``  fitting a mixture, and choosing how many components it has
``beginnings``  what the mixture looks at in a beginning of a visit
``intent_training``  which beginnings the mixture is fitted on, and what comes of it
``components``  what a component looks like, and what a person calls it
``reading_out``  a visit told, event by event: readings, slots, intents, success
``reading_words``  why a listen was read as it was, in a sentence
``finding_visits``  which visit or event is meant by what somebody typed
``kept_intents``  where a home keeps its mixture and the names
``success``  the contract of a success function: outcomes in, a number in [0, 1] a row out
``declared``  success as people declare it: a readable table of rules, each with its reason
``conditions``  what a declared rule may ask of an outcome, and how it may grade it
``behaviour``  what was done with a decision as a row of numbers, and what is usual for a listener
``labels``  what decisions turned out to be: answers, weighted for who answers, or coming back
``multilevel``  a logit whose slopes differ by group, each shrunk to those of all
``pooled``  success as labels teach it: a logit by intent and device, calibrated
``cells``  listeners and playlists grouped together: spectral co-clustering
``coclusters``  success as long listening for such a listener on such a playlist
``judging``  success functions held against an outcome that none was trained on
``search_success``  success of a search as each mindset means it: rules with reasons, also as SQL
``success_names``  success functions by ``name@version``: kept, found, forgotten
``success_data``  what success functions learn from and are judged on, out of a home
``plots``  slopes by intent and reliability as pictures
``svg``  what every picture is drawn with: lines, dots, words
``engagement``  measures of popularity, activity and loyalty over the tables, also by arm
``visibility``  what a device shows of a list, for what was surely in view
``inputs``  the lake as flat relations, the same on either engine
``portable``  what SQL must not say, because the engines would answer differently
``state``  the catalogue and what stands of listeners as files, and the days a change touches
``shapes``  which columns each table has
``staleness``  which days must be made again
``windows``  what a table reads and keeps for some of its days
``lately``  the tables of a few listeners' latest days, in memory, of lake and log as they stand
``building``  makes the tables: what is stale, day by day, in the order of their needs
"""
