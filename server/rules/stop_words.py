"""The words by which people ask an account to stop, as laws and operators name them, by language."""

from collections.abc import Mapping
from types import MappingProxyType

from server.kit.described import DescribedStr

STOP = "STOP"
"""Counts in every language, whatever an account has set."""


class StopLanguage(DescribedStr):
    """A language whose usual words ask to stop."""

    AR = "AR", "Arabic."
    CS = "CS", "Czech."
    DA = "DA", "Danish."
    DE = "DE", "German."
    EL = "EL", "Greek."
    EN = "EN", "English."
    ES = "ES", "Spanish."
    FI = "FI", "Finnish."
    FR = "FR", "French."
    HE = "HE", "Hebrew."
    HU = "HU", "Hungarian."
    IT = "IT", "Italian."
    NB = "NB", "Norwegian."
    NL = "NL", "Dutch."
    PL = "PL", "Polish."
    PT = "PT", "Portuguese."
    RO = "RO", "Romanian."
    RU = "RU", "Russian."
    SV = "SV", "Swedish."
    TR = "TR", "Turkish."
    UK = "UK", "Ukrainian."
    ZH = "ZH", "Chinese."


# None is a word that people answer an everyday question with, in this language or another: what the whole
# text of a message has to be, nobody writes by chance.
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
