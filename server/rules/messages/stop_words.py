"""The usual stop words of each language, as laws and operators define them."""

from collections.abc import Mapping
from types import MappingProxyType

from server.kit.described_enums import DescribedStr

STOP = "STOP"
"""Counts in every language, whatever the account's settings are."""


class StopLanguage(DescribedStr):
    """A language with its usual stop words."""

    AR = "AR", "The usual words in Arabic."
    CS = "CS", "The usual words in Czech."
    DA = "DA", "The usual words in Danish."
    DE = "DE", "The usual words in German."
    EL = "EL", "The usual words in Greek."
    EN = "EN", "The usual words in English."
    ES = "ES", "The usual words in Spanish."
    FI = "FI", "The usual words in Finnish."
    FR = "FR", "The usual words in French."
    HE = "HE", "The usual words in Hebrew."
    HU = "HU", "The usual words in Hungarian."
    IT = "IT", "The usual words in Italian."
    NB = "NB", "The usual words in Norwegian."
    NL = "NL", "The usual words in Dutch."
    PL = "PL", "The usual words in Polish."
    PT = "PT", "The usual words in Portuguese."
    RO = "RO", "The usual words in Romanian."
    RU = "RU", "The usual words in Russian."
    SV = "SV", "The usual words in Swedish."
    TR = "TR", "The usual words in Turkish."
    UK = "UK", "The usual words in Ukrainian."
    ZH = "ZH", "The usual words in Chinese."


# None of them is an everyday answer to a question, in this language or another: nobody sends one as a whole
# message by chance.
USUAL_WORDS: Mapping[StopLanguage, tuple[str, ...]] = MappingProxyType(
    {
        StopLanguage.AR: ("توقف", "إلغاء الاشتراك"),
        StopLanguage.CS: ("ODHLASIT", "ZRUSIT ODBER"),
        StopLanguage.DA: ("STOP SMS", "AFMELD"),
        StopLanguage.DE: ("STOPP", "ABMELDEN", "ABBESTELLEN", "AUSTRAGEN"),
        StopLanguage.EL: ("ΣΤΟΠ", "ΔΙΑΓΡΑΦΗ"),
        StopLanguage.EN: (
            "STOPALL",
            "STOP ALL",
            "UNSUBSCRIBE",
            "CANCEL",
            "END",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "OPT OUT",
        ),
        StopLanguage.ES: ("BAJA", "ALTO", "CANCELAR"),
        StopLanguage.FI: ("LOPETA", "PERUUTA"),
        StopLanguage.FR: (
            "ARRET",
            "STOP SMS",
            "STOPSMS",
            "STOP PUB",
            "DESABONNER",
            "DESABONNEMENT",
            "DESINSCRIPTION",
        ),
        StopLanguage.HE: ("הסר", "הסרה"),
        StopLanguage.HU: ("LEIRATKOZAS",),
        StopLanguage.IT: ("CANCELLAMI", "DISISCRIVI", "DISISCRIVIMI"),
        StopLanguage.NB: ("STOPP", "AVMELD"),
        StopLanguage.NL: ("AFMELDEN", "UITSCHRIJVEN"),
        StopLanguage.PL: ("WYPISZ", "REZYGNUJE"),
        StopLanguage.PT: ("PARAR", "SAIR", "CANCELAR", "REMOVER"),
        StopLanguage.RO: ("DEZABONARE", "DEZABONEAZA"),
        StopLanguage.RU: ("СТОП", "ОТПИСАТЬСЯ"),
        StopLanguage.SV: ("STOPP", "AVSLUTA", "AVREGISTRERA"),
        StopLanguage.TR: ("IPTAL",),
        StopLanguage.UK: ("СТОП", "ВІДПИСАТИСЯ"),
        StopLanguage.ZH: ("退订", "退訂", "取消订阅"),
    }
)
