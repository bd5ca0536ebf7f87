# SPDX-License-Identifier: GPL-3.0-or-later
"""Which language a transcript is in, from its script and its commonest words. Modest: English when in doubt."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

from . import dictionary

ENGLISH: Final = "en"

# First word of a letter's Unicode name → the language most often written so.
_OF_SCRIPT: Final = {
    "CYRILLIC": "ru", "GREEK": "el", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "ARABIC": "ar",
    "HEBREW": "he", "DEVANAGARI": "hi", "BENGALI": "bn", "GURMUKHI": "pa", "GUJARATI": "gu", "ORIYA": "or",
    "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml", "SINHALA": "si", "THAI": "th", "MYANMAR": "my",
    "GEORGIAN": "ka", "ARMENIAN": "hy", "ETHIOPIC": "am", "CHEROKEE": "chr",
}  # fmt: skip
# Letters by which a script's other languages give themselves away.
_TELLING_LETTERS: Final = {
    "ru": {"uk": "іїєґ", "be": "ў", "sr": "ђћџ", "mk": "ѓќ", "kk": "қңұ"},
    "ar": {"fa": "پچژگ", "ur": "ٹڈڑے"},
}
_COMMON_WORDS: Final = {
    ENGLISH: "the and of to a in is that it was for you he on with as his they be at this have from not what are",
    "de": "der die das und ist nicht ein eine ich sie es den mit sich auf dem zu wir auch von für im du wie "
          "aber noch wo wer bist hat habe haben sind kann nein danke hallo bitte mir dich einen einer wenn nur doch "
          "wurde wird werden des er bei aus nach um als seine dieser diese dieses beim zum zur vom bereits während",
    "fr": "le la les des et est un une je tu il elle nous vous ne pas que qui dans pour avec sur ce mais c'est "
          "j'ai bonjour merci oui monde tout sont suis avez ai as au aux mon ton son moi toi où quoi comme plus très",
    "es": "el la los las y es un una que no en por con para se lo del al más pero como yo está muy qué mi su "
          "hola gracias sí bien tengo eres soy estoy son esta este tu te nos cuando todo bueno aquí donde",
    "it": "il lo la gli le e è un una che non di in per con sono ma come del della questo mi si ho perché "
          "anche ciao grazie sì bene sei hai ha stai cosa quando tutto io tu lei noi nel dove buon",
    "pt": "o a os as e é um uma que não de em por com para se do da eu você mas como mais muito isso está olá "
          "obrigado obrigada sim bem tenho sou estou são este esta meu minha tudo quando onde",
    "nl": "de het een en is niet van ik je dat op te zijn met voor er maar ook wat we hij naar aan deze",
    "sv": "och det att är jag inte en ett som på för med han den vi du har till av om men ska",
    "da": "og det at er jeg ikke en et som på for med han den vi du har til af om men skal hvad noget",
    "nb": "og det at er jeg ikke en et som på for med han den vi du har til av om men skal",
    "fi": "ja on ei se hän minä että mutta olen oli niin kun kuin sinä me tämä joka mitä",
    "pl": "i w nie na się jest to że do z jak ale co ja czy tak był za od ty po już jestem",
    "cs": "a je se na to že v s jsem ale co tak jak by ne za já už ten jsi pro být",
    "tr": "ve bir bu ne için çok da de ben sen o ama değil var mı gibi daha şey evet",
    "hu": "a az és nem hogy egy van ez de is meg csak én mi volt ha már mint vagyok",
    "ro": "și nu în este o un că la de cu pe ce mai eu sunt din dar pentru ai fi",
    "vi": "và là của không có một tôi bạn cho được này những trong với người đã",
    "id": "dan yang di itu ini tidak aku saya kamu untuk dengan ada dari ke kita akan sudah",
}  # fmt: skip
_WORDS: Final = {language: frozenset(words.split()) for language, words in _COMMON_WORDS.items()}


def detected(text: str) -> str:
    """A language code as eSpeak NG and Whisper know it, "en" for a text that says too little."""
    scripts = Counter(_script(letter) for letter in text.lower() if letter.isalpha())
    scripts.pop("", None)
    if not scripts:
        return ENGLISH
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        return "ja"
    script = scripts.most_common(1)[0][0]
    return _by_letters(_OF_SCRIPT[script], text.lower()) if script in _OF_SCRIPT else _by_words(text.lower())


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _by_letters(language: str, text: str) -> str:
    relatives = _TELLING_LETTERS.get(language, {})
    return next((relative for relative, letters in relatives.items() if set(letters) & set(text)), language)


def _by_words(text: str) -> str:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text.replace("’", "'"))
    hits = {language: sum(word in common for word in words) for language, common in _WORDS.items()}
    best = max(hits, key=hits.get)
    # Words that are English too ("Come in, please" could be Italian) say little.
    foreign = any(not dictionary.knows(word) for word in words)
    enough = max(1 if foreign else 5, 0.1 * len(words))
    return best if hits[best] > hits[ENGLISH] and hits[best] >= enough else ENGLISH
