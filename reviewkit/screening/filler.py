"""Phrases that fill a page and say nothing."""
# ruff: noqa: E501 (a table)

from collections.abc import Sequence

from reviewkit.screening.plain_words import PLAIN_WORDS

PHRASES = (
    "as a matter of fact", "at the end of the day", "needless to say", "it goes without saying", "in today's society",
    "in today's world", "in the world of today", "in this day and age", "when all is said and done", "at this point in time",
    "for all intents and purposes", "in the grand scheme of things", "it is important to note that", "it should be noted that",
    "it is worth noting that", "it is worth mentioning that", "it is also worth noting", "it cannot be denied that", "there is no doubt that",
    "there is no denying that", "without a shadow of a doubt", "without any doubt", "last but not least", "in conclusion it can be said",
    "all things considered", "in one way or another", "for one reason or another", "by and large", "each and every", "first and foremost",
    "since the beginning of time", "since the dawn of time", "throughout history", "throughout the ages", "as we all know",
    "as everyone knows", "as everybody knows", "as is well known", "it is a well known fact that", "it is a fact that", "it is safe to say that",
    "one could say that", "one might say that", "it could be argued that", "it can be said that", "some people might say",
    "on the one hand", "on the other hand", "in other words", "that is to say", "so to speak", "if you will", "what i am trying to say is",
    "what i mean by that is", "the point i am trying to make", "i would like to say that", "i would just like to say", "i want to say that",
    "with that being said", "that being said", "having said that", "with that said", "to make a long story short", "in a nutshell",
    "to be honest", "to tell the truth", "in all honesty", "as far as i am concerned", "from my point of view", "from my perspective",
    "in my humble opinion", "in my personal opinion", "it is what it is", "the fact of the matter is", "the fact that", "due to the fact that",
    "in spite of the fact that", "in light of the fact that", "in order to be able to", "with regard to", "with regards to", "in regard to",
    "in terms of", "in the process of", "for the purpose of", "in the event that", "a large number of", "a great deal of", "the vast majority of",
    "many different kinds of", "a wide variety of", "a wide range of", "all kinds of different", "all sorts of things", "many different things",
    "a lot of different things", "various different", "and so on and so forth", "and things like that", "and stuff like that",
    "things of that nature", "among other things", "in many different ways", "in many ways", "in a number of ways", "in a variety of ways",
    "plays an important role", "plays a vital role", "plays a crucial role", "is of the utmost importance", "is very important because it is important",
    "is extremely important", "is of great importance", "cannot be overstated", "cannot be emphasized enough", "the importance of this",
    "more and more", "better and better", "on a daily basis", "on a regular basis", "at all times", "each and every day", "each and every one",
    "moving forward", "going forward", "now more than ever", "time and time again", "over and over again", "again and again",
    "everything happens for a reason", "the possibilities are endless", "the sky is the limit", "think outside the box", "food for thought",
    "only time will tell", "there are many reasons why", "there are many things", "there are a lot of things", "there are several factors",
    "many factors come into play", "this is a very important topic", "this is an important topic", "this topic is very important",
    "i learned a lot from this experience", "this was a great experience", "it was a great learning experience", "a valuable learning experience",
    "i have grown as a person", "both personally and professionally", "on so many levels", "taking everything into account",
    "everything that has been mentioned", "as mentioned before", "as mentioned above", "as mentioned earlier", "as previously mentioned",
    "as stated before", "as stated above", "as i said before", "like i said before", "like i said", "once again i would like to",
    "generally speaking", "broadly speaking", "technically speaking", "basically", "essentially", "fundamentally", "undoubtedly", "undeniably",
    "arguably", "ultimately", "needless", "moreover", "furthermore", "in addition to this", "in addition to that", "additionally",
    "consequently", "nevertheless", "nonetheless", "accordingly", "notwithstanding", "heretofore", "very very", "really really", "so so", "many many", "much much",
)  # fmt: skip
LATIN = frozenset(
    "lorem ipsum dolor sit amet ut et ad ex ea consectetur adipiscing elit sed eiusmod tempor incididunt labore dolore magna aliqua enim "
    "minim veniam quis nostrud exercitation ullamco laboris nisi aliquip commodo consequat duis aute irure reprehenderit "
    "voluptate velit esse cillum fugiat nulla pariatur excepteur sint occaecat cupidatat proident sunt culpa officia "
    "deserunt mollit anim est laborum vestibulum mauris pellentesque vivamus curabitur praesent donec fusce nunc".split()
)
_WORDS = tuple(tuple(phrase.split()) for phrase in PHRASES)
_BY_FIRST: dict[str, tuple[tuple[str, ...], ...]] = {
    first: tuple(phrase for phrase in _WORDS if phrase[0] == first) for first in {phrase[0] for phrase in _WORDS}
}
MIN_LATIN = 8
MIN_EMPTY_WORDS = 5
MAX_OWN = 0.05  # of a sentence's words may be its own, and it is empty still


def is_empty(words: Sequence[str]) -> bool:
    """Say whether a sentence holds nothing but words that any text may hold; numbers count as its own.

    Examples
    --------
    >>> is_empty("it is what it is and that is how things are".split())
    True
    >>> is_empty("it is how the timer helped them".split())
    False
    """
    n_own = len(words) - sum(map(PLAIN_WORDS.__contains__, words))
    return len(words) >= MIN_EMPTY_WORDS and n_own <= MAX_OWN * len(words)


def filler_words(words: Sequence[str]) -> list[bool]:
    """Return, word for word, whether it belongs to a phrase that says nothing, a doubled word or blind text.

    Examples
    --------
    >>> sum(filler_words("needless to say it was good".split()))
    3
    """
    filler = [False] * len(words)
    for at, word in enumerate(words):
        for phrase in _BY_FIRST.get(word, ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                filler[at : at + len(phrase)] = [True] * len(phrase)
    for at, (one, two, three) in enumerate(zip(words, words[1:], words[2:], strict=False)):
        if one == two == three:
            filler[at : at + 3] = [True] * 3
    latin = list(map(LATIN.__contains__, words))
    if sum(latin) >= MIN_LATIN:
        filler = [one or other for one, other in zip(filler, latin, strict=True)]
    return filler
