"""What is known of families of models by their names (``model_type``): input and attention."""

from __future__ import annotations

# What returns something else than one weight for each query and key; see docs/attention.md.
NO_MATRICES = {
    "big_bird": "BigBird attends to blocks, and returns no weights",
    "bigbird_pegasus": "BigBirdPegasus attends to blocks in its encoder",
    "funnel": "Funnel pools its tokens from block to block: its matrices are of different texts",
    "led": "LED attends to a window of each token, and returns bands of weights",
    "longformer": "Longformer attends to a window of each token, and returns bands of weights",
    "reformer": "Reformer attends to chunks that it hashes, and returns no whole matrices",
}
NO_ATTENTION = frozenset({"fnet", "mamba", "mamba2", "falcon_mamba", "rwkv", "xlstm"})

# Whose base model takes texts and nothing else; in transformers those have a head for texts.
_TEXT = (
    "afmoe albert apertus arcee aria_text axk1 axk2 bailing_hybrid bamba bart beam bert "
    "bert-generation big_bird bigbird_pegasus biogpt bitnet blenderbot blenderbot-small bloom "
    "blt camembert codegen cohere cohere2 cohere2_moe cohere_compass_text convbert cpmant ctrl "
    "cwm data2vec-text dbrx deberta deberta-v2 deepseek_v2 deepseek_v3 deepseek_v32 deepseek_v4 "
    "diffllama distilbert doge dots1 dots3_note_text electra ernie ernie4_5 ernie4_5_moe "
    "eurobert exaone4 exaone_moe falcon falcon_h1 falcon_mamba flaubert flex_olmo flint fnet "
    "fsmt funnel gemma gemma2 gemma3_text gemma3n_text gemma4_text gemma4_unified_text glm glm4 "
    "glm4_moe glm4_moe_lite glm_moe_dsa gpt-sw3 gpt2 gpt_bigcode gpt_neo gpt_neox "
    "gpt_neox_japanese gpt_oss gptj granite granite_swa granitemoe granitemoe_swa "
    "granitemoehybrid granitemoeshared gte helium hrm_text hunyuan_v1_dense hunyuan_v1_moe "
    "hy_v3 hy_v4 hyperclovax ibert inkling2_text inkling_text internlm3 iquestcoder jais2 jamba "
    "jetmoe jina_embeddings_v3 kimi_linear kolibri1 laguna led lfm2 lfm2_moe lfm3 llama "
    "llama4_text longcat_flash longformer longt5 luke m2m_100 mamba mamba2 marian markuplm "
    "mbart megatron-bert mellum mimo_v2_flash minicpm3 minimax minimax_m2 minimax_m3_vl_text "
    "ministral ministral3 mistral mistral4 mixtral mobilebert modernbert modernbert-decoder "
    "mpnet mpt mra mt5 mvp nanochat nemotron nemotron_h nllb-moe nomic_bert nystromformer olmo "
    "olmo2 olmo3 olmo_hybrid olmoe openai-gpt openai_privacy_filter opt pegasus pegasus_x "
    "persimmon phi phi3 phimoe plbart prophetnet qwen2 qwen2_moe qwen3 qwen3_5_moe_text "
    "qwen3_5_text qwen3_moe qwen3_next qwen4_exp_text recurrent_gemma reformer rembert roberta "
    "roberta-prelayernorm roc_bert roformer rwkv seed_oss smollm3 solar_open splinter "
    "squeezebert stablelm starcoder2 switch_transformers t5 t5gemma ultrabert umt5 vaultgemma "
    "xglm xlm xlm-roberta xlm-roberta-xl xlnet xlstm xmod yoso youtu zamba zamba2 zaya"
)
# Many of these have a vocabulary: they write texts, or compare them with what they see or hear.
_SEES_OR_HEARS = (
    "align altclip blip blip-2 bridgetower chinese_clip clap clip clipseg data2vec-audio flava "
    "groupvit hubert instructblip kosmos-2 layoutlmv2 layoutlmv3 moonshine nougat owlv2 owlvit "
    "pix2struct pop2piano seamless_m4t seamless_m4t_v2 sew sew-d siglip siglip2 "
    "speech-encoder-decoder speech_to_text speecht5 trocr unispeech unispeech-sat vilt "
    "vision-encoder-decoder wav2vec2 wav2vec2-bert wav2vec2-conformer wavlm whisper xclip"
)

TEXT, SEES_OR_HEARS = frozenset(_TEXT.split()), frozenset(_SEES_OR_HEARS.split())


def has_matrices(family: str, attention_type: object = None) -> bool:
    """Whether a family has matrices of queries and keys.

    BigBird has a setting that makes it attend to everything, as BERT does.
    """
    return family not in NO_ATTENTION and (
        family not in NO_MATRICES or attention_type == "original_full"
    )
