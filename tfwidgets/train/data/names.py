"""Names by which columns are known, the surest ones first."""

LABEL_NAMES = (
    "label",
    "labels",
    "target",
    "class",
    "category",
    "sentiment",
    "polarity",
    "rating",
    "stars",
    "score",
    "intent",
    "emotion",
    "topic",
)
TEXT_NAMES = (
    "text",
    "sentence",
    "content",
    "review",
    "message",
    "tweet",
    "comment",
    "document",
    "body",
)
PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("query", "passage"),
    ("text", "text_b"),
    ("text_a", "text_b"),
)
TOKEN_NAMES = ("tokens", "words")
TAG_NAMES = ("tags", "ner_tags", "pos_tags", "labels", "label")
SUMMARY_NAMES = ("summary", "highlights", "abstract", "title")
