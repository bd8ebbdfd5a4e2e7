"""Which of a model's tags name a language or a family: the hub puts all into one list."""

from __future__ import annotations

from tfwidgets.ui.strings import table

# ISO 639-1.
_LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv "
    "sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)

# Values of `model_type` that models for text have among their tags.
_FAMILIES = (
    "albert bart bert big_bird bigbird_pegasus bigcode biogpt bloom camembert canine clip codegen "
    "cohere cohere2 convbert ctrl dbrx deberta deberta-v2 deepseek_v2 deepseek_v3 distilbert dpr "
    "electra ernie ernie4_5 esm eurobert exaone falcon falcon_h1 falcon_mamba flaubert fnet "
    "funnel gemma gemma2 gemma3 gemma3_text glm glm4 gpt2 gpt_bigcode gpt_neo gpt_neox gpt_oss "
    "gptj granite granitemoe ibert internlm2 jamba layoutlm layoutlmv2 layoutlmv3 led lfm2 llama "
    "llama4 longformer longt5 luke m2m_100 mamba mamba2 marian markuplm mbart megatron-bert "
    "minicpm mistral mistral3 mixtral mobilebert modernbert mpnet mpt mra mt5 mvp nemotron "
    "nezha nllb-moe nomic_bert nystromformer olmo olmo2 olmo3 olmoe openai-gpt opt pegasus "
    "pegasus_x persimmon phi phi3 phimoe plbart prophetnet qwen qwen2 qwen2_moe qwen2_vl "
    "qwen2_5_vl qwen3 qwen3_moe qwen3_next reformer rembert roberta roberta-prelayernorm "
    "roc_bert roformer rwkv siglip smollm3 splinter squeezebert stablelm starcoder2 "
    "switch_transformers t5 t5gemma tapas umt5 vit wav2vec2 whisper xglm xlm xlm-roberta "
    "xlm-roberta-xl xlnet xmod yoso zamba zamba2"
)

_CODES, _TYPES = frozenset(_LANGUAGES.split()), frozenset(_FAMILIES.split())


def is_language(tag: str) -> bool:
    """Whether a tag is a language's code (or ``"multilingual"``)."""
    return tag in _CODES or tag in table("languages")


def is_family(tag: str) -> bool:
    """Whether a tag is a ``model_type`` of transformers."""
    return tag in _TYPES
