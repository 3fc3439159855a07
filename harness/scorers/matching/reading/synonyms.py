"""Words that name the same quantity, so that "the surplus" is known to be what "how much is left" asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# A line each: what a question asks for and what answers call it, in English, German, French, Spanish and Portuguese.
# Words that name a part of another line's quantity, or its opposite, stand in none or in a line of their own.
_SAME = (
    "profit profits gain gains earn earns earned earnings surplus gewinn gewinnt überschuss ertrag bénéfice bénéfices"
    " gain gagne gagné excédent ganancia ganancias gana beneficio excedente lucro lucra ganha ganho",
    "left remain remains remaining remainder rest leftover unsold bleibt bleiben übrig restlich restliche restlichen"
    " verbleibend verbleibende reste restant restante restants restantes restent queda quedan resto restan sobra"
    " sobram resta restam",
    "total together altogether combined overall insgesamt zusammen gesamt gesamte alle aller ensemble totale conjunto"
    " todo todos todas juntos",
    "temperature cold warm hot kalt warm temperatur température froid temperatura frío frio",
    "length long länge lang longueur mesure longitud mide comprimento mede",
    "population inhabitants residents people einwohner einwohnerzahl bevölkerung habitants población habitantes"
    " população",
    "share fraction proportion part portion anteil bruchteil fraction parte fracción fração proporción proporção",
    "end ends ended finish finishes finishing over ende endet fin finit termine finis termina final acaba fim",
    "arrive arrives arrival ankunft ankommt arrivée llega llegada chega chegada",
    "due return returned fällig rückgabe retour devolución devolver devolução",
    "place rank position platz platzierung rang place puesto lugar posición posição colocação",
    "date day tag datum jour fecha día data dia",
    "last letzte letzten letzter dernier dernière último última",
    "age old alter alt âge edad idade",
    "distance far entfernung weit strecke distancia lejos distância longe",
    "weight heavy weigh weighs gewicht schwer wiegt poids lourd pèse peso pesa",
    "height tall high höhe hoch hauteur haut altura alto",
    "speed fast geschwindigkeit schnell vitesse vite velocidad velocidade",
    "price cost costs preis kostet kosten prix coûte coût precio cuesta coste preço custa custo",
    "now currently current actual jetzt jetzige jetzigen aktuell aktuelle actuelle actuellement ahora agora atual",
    "author write writes wrote written writer autor schrieb geschrieben auteur écrit écrivit autor escribió escreveu",
    "ratio verhältnis rapport razón razão",
)


def canonical(stem: Callable[[str], str]) -> Mapping[str, str]:
    """Stem → the stem that stands for its line's quantity."""
    return {stem(word): f"={stem(line.split()[0])}" for line in _SAME for word in line.split()}
