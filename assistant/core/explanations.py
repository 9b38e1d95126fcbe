"""What is said of each figure and table, English and French side by side.

A placeholder is `{fact}` or `{fact:form}`; the forms are those of `explaining`. A sentence whose fact is missing is left
out. The first sentence of each says what is shown and how to read it, the next what it shows here, the last what it
does not show.
"""

from __future__ import annotations

Said = tuple[tuple[str, str], ...]

_RANKED = (
    "{ranked:w} of {wards:w} wards are ranked, by {models:w} models. {first} ranks first with a score of {first_score:3}; over the models its rank lies between {first_best:w} and {first_worst:w}.",
    "{ranked:w} wards sur {wards:w} sont classés, par {models:w} modèles. {first} est au premier rang avec un score de {first_score:3} ; selon les modèles, son rang va de {first_best:w} à {first_worst:w}.",
)
_LAST = ("{last} ranks last.", "{last} est au dernier rang.")
_LGA_HIGH = (
    "Most wards of the high tier lie in {lga}: {lga_high:w}.",
    "Le plus grand nombre de wards de la tranche élevée est dans {lga} : {lga_high:w}.",
)
_UNRANKED = (
    "{unranked:w} wards have no rank, because data are missing; that does not mean low risk.",
    "{unranked:w} wards n'ont pas de rang, faute de données ; cela ne veut pas dire que le risque y est faible.",
)
_RELATIVE = (
    "A rank compares the wards of this table with each other. It is no number of cases, and a small difference in rank may mean nothing.",
    "Un rang compare les wards de ce tableau entre eux. Ce n'est pas un nombre de cas, et un petit écart de rang peut ne rien vouloir dire.",
)
_RISK_WAY: Said = (
    (
        "{higher:n}Here higher values mean more risk.",
        "{higher:n}Ici, des valeurs plus élevées veulent dire plus de risque.",
    ),
    (
        "{lower:n}Here lower values mean more risk; the map is darker there.",
        "{lower:n}Ici, des valeurs plus basses veulent dire plus de risque ; la carte y est plus foncée.",
    ),
)
_VALUES: Said = (
    (
        "The lowest value is {lowest:g} in {lowest_at}, the highest {highest:g} in {highest_at}; half of the wards lie below {median:g}.",
        "La valeur la plus basse est {lowest:g} à {lowest_at}, la plus haute {highest:g} à {highest_at} ; la moitié des wards est en dessous de {median:g}.",
    ),
    ("The unit is: {unit}.", "L'unité est : {unit:v}."),
    *_RISK_WAY,
    ("{missing:w} wards have no value.", "{missing:w} wards n'ont pas de valeur."),
    (
        "In {filled:w} wards the value was filled and not measured.",
        "Dans {filled:w} wards, la valeur a été complétée et non mesurée.",
    ),
)
_STABLE: Said = (
    (
        "{first} ranks first; its rank lies between {first_best:w} and {first_worst:w} over the models.",
        "{first} est au premier rang ; son rang va de {first_best:w} à {first_worst:w} selon les modèles.",
    ),
    (
        "The firmest is {firm}, from {firm_best:w} to {firm_worst:w}; the least firm {loose}, from {loose_best:w} to {loose_worst:w}.",
        "Le plus ferme est {firm}, de {firm_best:w} à {firm_worst:w} ; le moins ferme {loose}, de {loose_best:w} à {loose_worst:w}.",
    ),
    (
        "{always:w} of {ranked:w} wards are among the top third in every model that scores them, {never:w} in none.",
        "{always:w} wards sur {ranked:w} sont dans le premier tiers dans tous les modèles qui les notent, {never:w} dans aucun.",
    ),
    (
        "A long box means that the place of the ward depends on which variables are counted. It says nothing of errors in the data.",
        "Une boîte longue veut dire que la place du ward dépend des variables comptées. Elle ne dit rien des erreurs dans les données.",
    ),
)
_FORCED = (
    "{forced:n}This PCA ranking is forced: its tests say that the variables are not suited to it.",
    "{forced:n}Ce classement par ACP est forcé : ses tests disent que les variables ne s'y prêtent pas.",
)
_COMPARED: Said = (
    _FORCED,
    (
        "Their orders agree with Spearman's ρ = {spearman:3} over {both:w} wards: 1 would be the same order, 0 none in common.",
        "Leur accord est de ρ = {spearman:3} (Spearman) sur {both:w} wards : 1 serait le même ordre, 0 aucun lien.",
    ),
    (
        "{far} is placed most differently: {far_composite:w} by the score, {far_pca:w} by PCA.",
        "{far} est placé le plus différemment : {far_composite:w} par le score, {far_pca:w} par l'ACP.",
    ),
)
_PLAN = (
    "The plan “{title_of_plan}” shares {nets_allocated:w} of {nets:w} nets. They cover {people_covered:w} of {population:w} people, {coverage_percent:1} %; needed are {nets_needed:w} nets.",
    "Le plan « {title_of_plan} » répartit {nets_allocated:w} moustiquaires sur {nets:w}. Elles couvrent {people_covered:w} personnes sur {population:w}, soit {coverage_percent:1} % ; il en faut {nets_needed:w}.",
)
_PLAN_UNKNOWN = (
    "Of {unknown:w} wards the population is unknown, so they get no nets; that is no zero need.",
    "La population de {unknown:w} wards est inconnue : ils ne reçoivent rien, mais leur besoin n'est pas nul.",
)
_COVERED = (
    "Covered means: nets times people for each net, at most the population. Whether people sleep under them is not in these data.",
    "Couvert veut dire : moustiquaires fois personnes par moustiquaire, au plus la population. Ces données ne disent pas si l'on dort dessous.",
)

EXPLANATIONS: dict[str, Said] = {
    "ranking_map": (("Each ward is coloured by its rank; the darker, the higher the risk. Hatched grey has no rank.", "Chaque ward est coloré selon son rang ; plus c'est foncé, plus le risque est élevé. Le gris hachuré n'a pas de rang."), _RANKED, _LAST, _LGA_HIGH, _UNRANKED, _RELATIVE),
    "ranking_table": (("One row is one ward; rank 1 is the highest risk.", "Une ligne est un ward ; le rang 1 est le risque le plus élevé."), _RANKED, _LAST, _LGA_HIGH, _UNRANKED, _RELATIVE),
    "tiers": (("{equal:n}The ranking is cut in three parts of equal size: high, medium and low.", "{equal:n}Le classement est coupé en trois parts de même taille : élevée, moyenne et faible."), ("{unequal:n}The ranking is cut by chosen shares of the wards: high, medium and low.", "{unequal:n}Le classement est coupé selon des parts choisies des wards : élevée, moyenne et faible."), ("{high:w} wards are in the high tier, {medium:w} in the medium and {low:w} in the low.", "{high:w} wards sont dans la tranche élevée, {medium:w} dans la moyenne et {low:w} dans la faible."), _LGA_HIGH, _UNRANKED, ("The cut is by number of wards, so wards on both sides of it may hardly differ.", "La coupe se fait au nombre de wards : de part et d'autre, ils peuvent à peine différer.")),
    "scores": (("A ward's score is the median of its scores in {models:w} models, each the mean of scaled variables; the darker, the higher.", "Le score d'un ward est la médiane de ses scores dans {models:w} modèles, chacun étant la moyenne de variables mises à l'échelle ; plus c'est foncé, plus il est élevé."), ("Over {ranked:w} wards it goes from {lowest:3} in {last} to {highest:3} in {first}; half lie below {median:3}.", "Sur {ranked:w} wards, il va de {lowest:3} à {last} jusqu'à {highest:3} à {first} ; la moitié est en dessous de {median:3}."), ("The score has no unit; it only orders the wards.", "Le score n'a pas d'unité ; il ne fait que classer les wards.")),
    "variable_map": (("The map shows {variable:v} as it was uploaded, for {n:w} wards.", "La carte montre {variable:v} tel que fourni, pour {n:w} wards."), *_VALUES),
    "raw_map": (("The map shows {variable:v} as the table has it: {n:w} of {wards:w} wards have a value.", "La carte montre {variable:v} tel que dans le tableau : {n:w} wards sur {wards:w} ont une valeur."), ("{filled:w} wards had none and were given one; they are hatched here, and the map with their values has the same classes.", "{filled:w} wards n'en avaient pas et en ont reçu une ; ils sont hachurés ici, et la carte avec leurs valeurs a les mêmes classes."), ("The unit is: {unit}.", "L'unité est : {unit:v}."), *_RISK_WAY),
    "year_map": (("The map shows {variable:v} in the year {year} as it was uploaded: {n:w} of {wards:w} wards have a value.", "La carte montre {variable:v} en l'an {year} tel que fourni : {n:w} wards sur {wards:w} ont une valeur."), ("Their mean is {mean:g}, from {lowest:g} to {highest:g}.", "Leur moyenne est {mean:g}, de {lowest:g} à {highest:g}."), ("The means of the {years:w} years go from {least_mean:g} to {most_mean:g}; the classes are the same for all of them.", "Les moyennes des {years:w} années vont de {least_mean:g} à {most_mean:g} ; les classes sont les mêmes pour toutes."), ("The unit is: {unit}.", "L'unité est : {unit:v}."), *_RISK_WAY),
    "histogram": (("Each bar counts the wards whose {variable:v} lies in its span; {n:w} wards have a value.", "Chaque barre compte les wards dont {variable:v} est dans son intervalle ; {n:w} wards ont une valeur."), *_VALUES),
    "scaled": (("The map shows {variable:v} scaled to 0–1 over {n:w} wards, as it entered the score: 1 is the most risk.", "La carte montre {variable:v} mis à l'échelle 0–1 sur {n:w} wards, comme il entre dans le score : 1 est le plus de risque."), ("The most risk by this variable alone is in {most}, the least in {least}.", "Selon cette seule variable, le risque est le plus grand à {most} et le plus faible à {least}."), *_RISK_WAY),
    "lga_variable": (("Each of {lgas:w} LGAs is coloured by {variable:v} over its wards.", "Chacune des {lgas:w} LGA est colorée selon {variable:v} sur ses wards."), ("{by_people:n}As the mean of their wards, each weighted by its people, the highest is {highest:g} in {highest_at}, the lowest {lowest:g} in {lowest_at}.", "{by_people:n}En moyenne de leurs wards, chacun pesé par sa population, la plus haute est {highest:g} à {highest_at}, la plus basse {lowest:g} à {lowest_at}."), ("{alike:n}As the mean of their wards, each counted alike, the highest is {highest:g} in {highest_at}, the lowest {lowest:g} in {lowest_at}.", "{alike:n}En moyenne de leurs wards, chacun comptant autant, la plus haute est {highest:g} à {highest_at}, la plus basse {lowest:g} à {lowest_at}."), ("{summed:n}As the sum of their wards, the highest is {highest:g} in {highest_at}, the lowest {lowest:g} in {lowest_at}.", "{summed:n}En somme de leurs wards, la plus haute est {highest:g} à {highest_at}, la plus basse {lowest:g} à {lowest_at}."), ("The unit is: {unit}.", "L'unité est : {unit:v}."), ("One number hides the differences between the wards of an LGA.", "Un seul nombre cache les différences entre les wards d'une LGA.")),
    "urban": (("A ward counts as urban when at least {threshold:w} % of its area is.", "Un ward compte comme urbain si au moins {threshold:w} % de sa surface l'est."), ("{urban:w} of {n:w} wards are urban so, {rural:w} rural; {urban_high:w} of the urban ones are in the high tier.", "Ainsi, {urban:w} wards sur {n:w} sont urbains et {rural:w} ruraux ; {urban_high:w} des urbains sont dans la tranche élevée."), ("Another threshold moves wards from one side to the other.", "Un autre seuil fait passer des wards d'un côté à l'autre.")),
    "gaps": (("The map shows where values were missing in your table.", "La carte montre où des valeurs manquaient dans votre tableau."), ("{cells:w} cells were filled, in {filled_wards:w} of {wards:w} wards.", "{cells:w} cellules ont été complétées, dans {filled_wards:w} wards sur {wards:w}."), ("Most in {most:v}: {most_cells:w}, with {how}.", "Le plus pour {most:v} : {most_cells:w}."), ("In {open:w} wards a gap was left open; they are ranked by the models that do not need the value.", "Dans {open:w} wards, une lacune est restée ouverte ; ils sont classés par les modèles qui n'ont pas besoin de la valeur.")),
    "filled": (("Each row is a value that was missing and was filled for the ranking, with how and from how many wards.", "Chaque ligne est une valeur manquante complétée pour le classement, avec la façon et le nombre de wards utilisés."), ("{cells:w} cells were filled, in {filled_wards:w} of {wards:w} wards.", "{cells:w} cellules ont été complétées, dans {filled_wards:w} wards sur {wards:w}."), ("Most in {most:v}: {most_cells:w}, with {how}.", "Le plus pour {most:v} : {most_cells:w}."), ("A filled value is a guess from neighbours, not a measurement; your uploaded table is unchanged.", "Une valeur complétée est une estimation, pas une mesure ; votre tableau n'est pas modifié.")),
    "models_maps": (("Each small map is one model: the mean of the scaled variables named above it; the darker, the higher.", "Chaque petite carte est un modèle : la moyenne des variables nommées au-dessus ; plus c'est foncé, plus c'est élevé."), ("There are {models:w} of them: every combination of {smallest:w} to {largest:w} of {variables:w} variables.", "Il y en a {models:w} : toutes les combinaisons de {smallest:w} à {largest:w} des {variables:w} variables."), ("{in_all:w} of {ranked:w} ranked wards have all values and are scored by every model.", "{in_all:w} wards classés sur {ranked:w} ont toutes les valeurs et sont notés par tous les modèles."), ("No model is the right one; the ranking takes the median of them all.", "Aucun modèle n'est le bon ; le classement prend la médiane de tous.")),
    "models": (("Each row is one model with the variables whose mean it takes.", "Chaque ligne est un modèle avec les variables dont il prend la moyenne."), ("There are {models:w} of them: every combination of {smallest:w} to {largest:w} of {variables:w} variables.", "Il y en a {models:w} : toutes les combinaisons de {smallest:w} à {largest:w} des {variables:w} variables."), ("{in_all:w} of {ranked:w} ranked wards have all values and are scored by every model.", "{in_all:w} wards classés sur {ranked:w} ont toutes les valeurs et sont notés par tous les modèles.")),
    "stability": (("Each row is a ward; its box holds the middle half of its scores in {models:w} models, the line inside the median.", "Chaque ligne est un ward ; sa boîte contient la moitié centrale de ses scores dans {models:w} modèles, le trait la médiane."), *_STABLE),
    "rank_boxes": (("Each row is a ward; its box holds the middle half of the ranks that {models:w} models give it, the line inside the median.", "Chaque ligne est un ward ; sa boîte contient la moitié centrale des rangs que {models:w} modèles lui donnent, le trait la médiane."), *_STABLE),
    "scree": (("Each bar is a principal component: how much of the variation of the variables it holds.", "Chaque barre est une composante principale : la part de la variation des variables qu'elle contient."), ("Of {components:w} components {used:w} are used; together they hold {held:1} % of the variation, the first alone {first:1} %.", "Sur {components:w} composantes, {used:w} sont utilisées ; elles contiennent {held:1} % de la variation, la première seule {first:1} %."), ("{suitable:n}KMO is {kmo:3}: the variables share enough for this method.", "{suitable:n}Le KMO est de {kmo:3} : les variables ont assez en commun pour cette méthode."), ("{unsuited:n}KMO is {kmo:3}: the variables share too little for this method.", "{unsuited:n}Le KMO est de {kmo:3} : les variables ont trop peu en commun pour cette méthode."), _FORCED),
    "loadings": (("A loading tells how strongly a variable pulls on a component, from −1 to 1; near 0 it hardly matters there.", "Une saturation dit combien une variable pèse sur une composante, de −1 à 1 ; près de 0, elle y compte à peine."), ("On the first component {strongest:v} pulls most ({strongest_loading:2}), {weakest:v} least ({weakest_loading:2}).", "Sur la première composante, {strongest:v} pèse le plus ({strongest_loading:2}), {weakest:v} le moins ({weakest_loading:2})."), ("{low:w} variables share so little with the others that the PCA score hardly speaks for them.", "{low:w} variables ont si peu en commun avec les autres que le score ACP ne parle guère pour elles."), ("A component is a direction in the data. It has no name and no cause.", "Une composante est une direction dans les données. Elle n'a ni nom ni cause.")),
    "correlation": (("Each cell tells how two variables go together over the wards: 1 rise together, −1 one falls as the other rises, 0 no line.", "Chaque case dit comment deux variables vont ensemble : 1 elles montent ensemble, −1 l'une baisse quand l'autre monte, 0 aucune droite."), ("Of {pairs:w} pairs {first:v} and {second:v} go together most closely, r = {r:2}; {weak_first:v} and {weak_second:v} least, r = {weak_r:2}.", "Sur {pairs:w} paires, {first:v} et {second:v} sont les plus liées, r = {r:2} ; {weak_first:v} et {weak_second:v} les moins, r = {weak_r:2}."), ("It does not show that one causes the other.", "Cela ne montre pas que l'une cause l'autre.")),
    "comparison": (("Each point is a ward: its rank by the score across, by PCA upwards. Points on the diagonal have the same rank in both.", "Chaque point est un ward : son rang par le score en abscisse, par l'ACP en ordonnée. Sur la diagonale, les deux rangs sont égaux."), *_COMPARED),
    "moves": (("The table lists the wards that the two rankings place most differently.", "Le tableau liste les wards que les deux classements placent le plus différemment."), *_COMPARED, ("A large difference is a reason to look at the ward, not a fault of one of the methods.", "Un grand écart est une raison de regarder le ward, pas l'erreur d'une méthode.")),
    "pca_map": (("This is the second opinion: wards ordered by principal components instead of the score.", "C'est le second avis : les wards classés par composantes principales au lieu du score."), ("By PCA {pca_first} ranks first; by the score it has rank {pca_first_rank:w}.", "Selon l'ACP, {pca_first} est au premier rang ; selon le score, son rang est {pca_first_rank:w}."), *_COMPARED),
    "agreement": (("Rows are the tiers by the score, columns those by PCA; each cell counts wards.", "Les lignes sont les tranches selon le score, les colonnes selon l'ACP ; chaque case compte des wards."), _FORCED, ("{same:w} of {both:w} wards are in the same tier in both; {shared:w} wards are among the first ten of both.", "{same:w} wards sur {both:w} sont dans la même tranche ; {shared:w} wards sont parmi les dix premiers des deux.")),
    "workflow": (("This is how the ranking is made, from the table to the ranks; method “{method}”.", "Voici comment le classement est fait, du tableau aux rangs ; méthode « {method} »."), ("{variables:w} variables were scaled to 0–1, {turned:w} of them turned round because a higher value means less risk; {cells:w} cells were filled.", "{variables:w} variables ont été mises à l'échelle 0–1, dont {turned:w} retournées parce qu'une valeur plus haute veut dire moins de risque ; {cells:w} cellules ont été complétées."), ("Every combination is a model, {models:w} in all; the median over them ranks {ranked:w} of {wards:w} wards.", "Chaque combinaison est un modèle, {models:w} en tout ; leur médiane classe {ranked:w} wards sur {wards:w}.")),
    "ward": (("{ward} has rank {rank:w} of {ranked:w}, {tier:t} tier, score {score:3}.", "{ward} a le rang {rank:w} sur {ranked:w}, tranche {tier:t}, score {score:3}."), ("Over the models its rank lies between {best:w} and {worst:w}.", "Selon les modèles, son rang va de {best:w} à {worst:w}."), ("What raises its score most is {strongest:v} ({strongest_part:2} on the scale 0–1), what lowers it most {weakest:v} ({weakest_part:2}).", "Ce qui élève le plus son score est {strongest:v} ({strongest_part:2} sur l'échelle 0–1), ce qui l'abaisse le plus {weakest:v} ({weakest_part:2})."), ("{filled:w} of its values were filled and not measured.", "{filled:w} de ses valeurs ont été complétées et non mesurées.")),
    "tpr_map": (("Each ward is coloured by the share of its tests that were positive: {label}. Hatched grey has no data.", "Chaque ward est coloré selon la part de ses tests positifs : {label}. Le gris hachuré n'a pas de données."), ("Over the whole area {tpr:1} % of {tested:w} tests were positive.", "Sur toute la zone, {tpr:1} % de {tested:w} tests étaient positifs."), ("The highest rate is {highest:1} % in {highest_at}, of {highest_tested:w} tests; the lowest {lowest:1} % in {lowest_at}.", "Le taux le plus haut est {highest:1} % à {highest_at}, sur {highest_tested:w} tests ; le plus bas {lowest:1} % à {lowest_at}."), ("{without:w} of {wards:w} wards have no rate.", "{without:w} wards sur {wards:w} n'ont pas de taux."), ("A rate of few tests is uncertain, and who is tested differs from place to place: it is not the share of people who are ill.", "Un taux sur peu de tests est incertain, et l'on ne teste pas les mêmes personnes partout : ce n'est pas la part des malades.")),
    "tpr_table": (("One row is one ward: tests, positive tests and their share, with a 95 % interval: {label}.", "Une ligne est un ward : tests, tests positifs et leur part, avec un intervalle à 95 % : {label}."), ("Over the whole area {tpr:1} % of {tested:w} tests were positive; {known:w} of {wards:w} wards have a rate.", "Sur toute la zone, {tpr:1} % de {tested:w} tests étaient positifs ; {known:w} wards sur {wards:w} ont un taux."), ("The highest rate is {highest:1} % in {highest_at}, of {highest_tested:w} tests.", "Le taux le plus haut est {highest:1} % à {highest_at}, sur {highest_tested:w} tests."), ("Sums come before rates: positive tests of all reports, divided by their tests.", "Les sommes viennent avant les taux : tests positifs de tous les rapports, divisés par leurs tests.")),
    "burden": (("Burden is the number of confirmed cases for each 1,000 {among} and year, over {years:g} years.", "La charge est le nombre de cas confirmés pour 1 000 habitants et par an, sur {years:g} ans."), ("{known:w} of {wards:w} wards have one. Population: {population}, {population_year}.", "{known:w} wards sur {wards:w} en ont une. Population : {population}, {population_year}."), ("The population was projected to {projected_to} by {growth:g} % a year ({growth_source}).", "La population a été projetée à {projected_to} à raison de {growth:g} % par an ({growth_source})."), ("Expected pregnancies are women of 15 to 49 times {factor:g} ({factor_source}).", "Les grossesses attendues sont les femmes de 15 à 49 ans fois {factor:g} ({factor_source})."), ("Over the whole area it is {area:1}.", "Sur toute la zone, elle est de {area:1}."), ("With the presumed cases that would have been positive (N1) it is {n1:1}.", "Avec les cas présumés qui auraient été positifs (N1), elle est de {n1:1}."), ("Adjusted for reports that did not come too (N2) it is {n2:1}.", "Ajustée aussi pour les rapports non reçus (N2), elle est de {n2:1}."), ("The highest of the LGAs is {lga}: {lga_burden:1}.", "La plus élevée des LGA est {lga} : {lga_burden:1}."), ("Only cases that facilities reported are counted.", "Seuls les cas déclarés par les centres de santé sont comptés.")),
    "combinations": (("Each row is one combination of facilities, persons and time over the whole area.", "Chaque ligne est une combinaison de centres, de personnes et de temps sur toute la zone."), ("Of {n:w} the highest positivity is {highest:1} % ({highest_of}), the lowest {lowest:1} % ({lowest_of}).", "Sur {n:w}, la positivité la plus haute est {highest:1} % ({highest_of}), la plus basse {lowest:1} % ({lowest_of})."), ("They share tests with each other, so they can't be added up.", "Elles partagent des tests : on ne peut pas les additionner.")),
    "reporting": (("Each cell is the share of the expected reports that came in from an LGA in a period; lighter is fewer.", "Chaque case est la part des rapports attendus qu'une LGA a envoyés dans une période ; plus clair veut dire moins."), ("Over {periods:w} periods {lowest_at} sent the smallest share of all its expected reports, {lowest:1} %, {highest_at} the largest, {highest:1} %; {low:w} of {lgas:w} LGAs stay below {limit:w} %.", "Sur {periods:w} périodes, {lowest_at} a envoyé la plus petite part de tous ses rapports attendus, {lowest:1} %, {highest_at} la plus grande, {highest:1} % ; {low:w} LGA sur {lgas:w} restent sous {limit:w} %."), ("Where reports are missing, the positivity rests on those that are there.", "Là où des rapports manquent, la positivité repose sur ceux qui sont là.")),
    "trends": (("Each place is told by how many points a year its positivity rises or falls (Sen's slope).", "Pour chaque lieu : de combien de points par an sa positivité monte ou baisse (pente de Sen)."), ("Of {n:w} places {rises:w} rise, {falls:w} fall and {unclear:w} show no clear direction.", "Sur {n:w} lieux, {rises:w} montent, {falls:w} baissent et {unclear:w} n'ont pas de direction claire."), ("{unknown:w} have too few months to tell.", "{unknown:w} ont trop peu de mois pour le dire."), ("The steepest rise is {slope:1} points a year in {steepest}.", "La plus forte hausse est de {slope:1} points par an à {steepest}."), ("A direction counts as clear when chance alone would show it with a probability below {clear:2} (Mann–Kendall).", "Une direction est claire si le hasard seul la montrerait avec une probabilité inférieure à {clear:2} (Mann–Kendall).")),
    "year": (("The map shows test positivity in {year}; all years have the same classes, so the colours can be compared.", "La carte montre la positivité des tests en {year} ; toutes les années ont les mêmes classes, les couleurs se comparent donc."), ("{known:w} of {wards:w} wards have a rate: from {lowest:1} % in {lowest_at} to {highest:1} % in {highest_at}.", "{known:w} wards sur {wards:w} ont un taux : de {lowest:1} % à {lowest_at} jusqu'à {highest:1} % à {highest_at}.")),
    "place": (("The line shows the positivity of {place} over {points:w} periods with reports; a gap in it has none.", "La ligne montre la positivité de {place} sur {points:w} périodes avec des rapports ; un trou n'en a aucun."), ("It is highest in {highest_in}: {highest:1} %.", "Elle est la plus haute en {highest_in} : {highest:1} %."), ("It moves by {slope:1} points a year; chance alone would show as much with probability {chance:3}.", "Elle varie de {slope:1} points par an ; le hasard seul en montrerait autant avec une probabilité de {chance:3}."), ("Most cases fall in {peak}.", "Le plus de cas tombe en {peak}."), ("{unusual:w} months stand out from what season and year let expect.", "{unusual:w} mois sortent de ce que la saison et l'année laissent attendre.")),
    "plan_coverage": (("Each ward is coloured by the share of its people that the nets cover.", "Chaque ward est coloré selon la part de sa population que les moustiquaires couvrent."), _PLAN, ("{served:w} of {wards:w} wards get nets, {full:w} of them all that they need.", "{served:w} wards sur {wards:w} en reçoivent, {full:w} tout ce qu'il leur faut."), ("The highest coverage is in {most_at}: {most:1} %.", "La couverture la plus haute est à {most_at} : {most:1} %."), _PLAN_UNKNOWN, _COVERED),
    "plan_nets_map": (("Each ward is coloured by how many nets it gets.", "Chaque ward est coloré selon le nombre de moustiquaires qu'il reçoit."), _PLAN, ("Most go to {most_at}: {most:w}. Wards with many people get many nets, whatever their risk.", "Le plus va à {most_at} : {most:w}. Les wards très peuplés en reçoivent beaucoup, quel que soit leur risque."), _PLAN_UNKNOWN),
    "plan_per_person": (("Each ward is coloured by nets for each person, so that large and small wards can be compared.", "Chaque ward est coloré selon les moustiquaires par personne : grands et petits wards se comparent."), _PLAN, ("Most for each person go to {per_person_at}: {nets_per_person:3}.", "Le plus par personne va à {per_person_at} : {nets_per_person:3}."), _PLAN_UNKNOWN),
    "plan_table": (("One row is one ward: what it needs, what it gets and why. The rule is: {strategy}.", "Une ligne est un ward : ce qu'il lui faut, ce qu'il reçoit et pourquoi."), _PLAN, ("{served:w} of {wards:w} wards get nets, {full:w} of them all that they need.", "{served:w} wards sur {wards:w} en reçoivent, {full:w} tout ce qu'il leur faut."), _PLAN_UNKNOWN, _COVERED),
    "plan_outcomes": (("Every ward is counted once, under what happens to it.", "Chaque ward est compté une fois, sous ce qui lui arrive."), _PLAN, ("The commonest is: {commonest}, {commonest_wards:w} of {wards:w} wards.", "Le cas le plus fréquent compte {commonest_wards:w} wards sur {wards:w}.")),
    "curve_stock": (("The curve tells how many people any stock of nets would cover if it were shared the same way; the mark is this plan.", "La courbe dit combien de personnes un stock couvrirait, réparti de la même façon ; la marque est ce plan."), _PLAN, ("{more:w} more nets would cover {more_people:w} more people, {more_high:w} of them in high-risk wards.", "{more:w} moustiquaires de plus couvriraient {more_people:w} personnes de plus, dont {more_high:w} dans des wards à risque élevé."), ("Where the curve is flat, more nets find nobody who still needs one under these rules.", "Là où la courbe est plate, d'autres moustiquaires ne trouvent plus personne selon ces règles.")),
    "curve_coverage": (("From left to right stand the wards from the highest risk down; the line tells how many of their people are covered.", "De gauche à droite, les wards du risque le plus élevé au plus faible ; la ligne dit combien de leurs habitants sont couverts."), ("In the third of the wards with the highest risk, {third:w} wards, {third_covered:w} of {third_people:w} people are covered: {third_percent:1} %.", "Dans le tiers des wards au risque le plus élevé, {third:w} wards, {third_covered:w} personnes sur {third_people:w} sont couvertes : {third_percent:1} %."), ("Over all wards it is {coverage_percent:1} %.", "Sur tous les wards, c'est {coverage_percent:1} %."), _COVERED),
    "curve_lorenz": (("The curve compares shares of people with shares of nets; on the diagonal everybody would have the same.", "La courbe compare parts de population et parts de moustiquaires ; sur la diagonale, chacun aurait autant."), ("The Gini coefficient is {gini:3}: 0 is even, 1 is all nets in one place.", "Le coefficient de Gini est de {gini:3} : 0 est égal, 1 est tout au même endroit."), ("An uneven plan may be meant: nets go where the risk is.", "Un plan inégal peut être voulu : les moustiquaires vont là où est le risque.")),
    "plan_delivery": (("One row is one LGA: what to bring there.", "Une ligne est une LGA : ce qu'il faut y apporter."), ("{nets_allocated:w} nets go to {lgas:w} LGAs; most to {lga}, {lga_nets:w} of {lga_need:w} needed.", "{nets_allocated:w} moustiquaires vont à {lgas:w} LGA ; le plus à {lga}, {lga_nets:w} sur {lga_need:w} nécessaires."), ("{without:w} LGAs get none.", "{without:w} LGA n'en reçoivent aucune."), ("All together it costs {cost:w} {currency}.", "Le tout coûte {cost:w} {currency}.")),
    "plan_candidates": (("These are urban wards of low risk that get nets: where nets could be taken from.", "Ce sont des wards urbains à faible risque qui reçoivent des moustiquaires : d'où l'on pourrait en prendre."), ("From {threshold:g} % of its area a ward counts as urban: {urban_wards:w} such wards get {urban_nets:w} nets.", "À partir de {threshold:g} % de sa surface, un ward compte comme urbain : {urban_wards:w} wards reçoivent {urban_nets:w} moustiquaires."), ("By rank alone nets would be taken from {rural_wards:w} wards of low risk that are not known to be urban.", "Selon le seul rang, on en prendrait à {rural_wards:w} wards à faible risque qui ne sont pas connus comme urbains."), ("It is a list to look at, no advice.", "C'est une liste à regarder, pas un conseil.")),
    "matches": (
        ("Each row of your table is a line, beside the ward that it was joined to.", "Chaque ligne de votre tableau figure à côté du ward auquel elle est jointe."),
        ("{accepted:w} of {rows:w} rows were joined to one of {wards:w} wards.", "{accepted:w} lignes sur {rows:w} ont été jointes à l'un des {wards:w} wards."),
        ("{alike:w} of them by a name that is alike but not equal.", "Dont {alike:w} par un nom semblable mais non identique."),
        ("{review:w} pairs wait for your word; until then they are not used.", "{review:w} paires attendent votre décision ; d'ici là, elles ne servent pas."),
        ("{without_ward:w} rows found no ward; they are in none of the results.", "{without_ward:w} lignes n'ont trouvé aucun ward ; elles ne sont dans aucun résultat."),
        ("{without_row:w} wards have no row; they stay on the map as “no data” and get no rank.", "{without_row:w} wards n'ont pas de ligne ; ils restent sur la carte « sans données » et n'ont pas de rang."),
    ),
    "profile": (
        ("Each variable of your table stands with how many wards have a value and how these are spread.", "Chaque variable de votre tableau figure avec le nombre de wards qui ont une valeur et leur répartition."),
        ("{whole:w} of {n:w} variables have a value for each of the {wards:w} wards.", "{whole:w} variables sur {n:w} ont une valeur pour chacun des {wards:w} wards."),
        ("{least:v} has the most gaps: {least_percent:1} % of the wards have a value.", "{least:v} a le plus de lacunes : {least_percent:1} % des wards ont une valeur."),
        ("A gap is no zero; how it is filled, or that it stays open, is chosen for each variable and told wherever it counts.", "Une lacune n'est pas un zéro ; la façon de la compléter, ou de la laisser, se choisit par variable et se lit partout où elle compte."),
    ),
    "outliers": (
        ("Each row is a count that lies far from what the same facility usually reports.", "Chaque ligne est un nombre éloigné de ce que la même structure rapporte d'habitude."),
        ("There are {n:w} of them.", "Il y en a {n:w}."),
        ("The furthest is of {facility}, {period}: {value:g}, where {usual_from:g} to {usual_to:g} is usual.", "Le plus éloigné est de {facility}, {period} : {value:g}, alors que l'habitude est de {usual_from:g} à {usual_to:g}."),
        ("{kept:n}They are counted as they are.", "{kept:n}Ils sont comptés tels quels."),
        ("{replaced:n}The median of the facility's reports is counted in their place, as was asked.", "{replaced:n}La médiane des rapports de la structure est comptée à leur place, comme demandé."),
        ("It may be a typing error or an outbreak; the table cannot tell which.", "C'est peut-être une faute de frappe ou une épidémie ; le tableau ne peut pas le dire."),
    ),
    "outpatients": (
        ("For towns whose positivity is very high the share of positive persons among all outpatients stands beside it.", "Pour les villes à positivité très élevée, la part de personnes positives parmi tous les patients externes figure à côté."),
        ("{n:w} of {wards:w} wards have it.", "{n:w} wards sur {wards:w} en ont une."),
        ("The highest is {highest:1} % in {highest_at}, where {tpr_there:1} % of the tests are positive.", "La plus haute est de {highest:1} % à {highest_at}, où {tpr_there:1} % des tests sont positifs."),
        ("It never takes the place of the positivity: not everybody who comes is tested.", "Elle ne remplace jamais la positivité : toutes les personnes qui viennent ne sont pas testées."),
    ),
    "chart_histogram": (
        ("Each bar counts the wards whose {variable:v} lies in its span; {n:w} wards have a value.", "Chaque barre compte les wards dont {variable:v} est dans son intervalle ; {n:w} wards ont une valeur."),
        ("They lie between {lowest:g} and {highest:g}; half of the wards lie below {median:g}, and their mean is {mean:g}.", "Les valeurs vont de {lowest:g} à {highest:g} ; la moitié des wards est en dessous de {median:g}, et la moyenne est {mean:g}."),
        ("{missing:w} wards have no value and are in no bar.", "{missing:w} wards n'ont pas de valeur et ne sont dans aucune barre."),
    ),
    "chart_scatter": (
        ("Each point is a ward: {variable:v} across, {second:v} upwards; its colour is its tier.", "Chaque point est un ward : {variable:v} en abscisse, {second:v} en ordonnée ; sa couleur est sa tranche."),
        ("Over {n:w} wards Pearson's r is {pearson:2} and Spearman's ρ {spearman:2}: 1 is rising together, −1 one falling as the other rises, 0 neither.", "Sur {n:w} wards, r de Pearson vaut {pearson:2} et ρ de Spearman {spearman:2} : 1, elles montent ensemble, −1, l'une baisse quand l'autre monte, 0, ni l'un ni l'autre."),
        ("{missing:w} wards lack one of the two values.", "Il manque à {missing:w} wards l'une des deux valeurs."),
        ("That two go together does not tell that one causes the other.", "Que deux variables aillent ensemble ne dit pas que l'une cause l'autre."),
    ),
    "chart_bars": (
        ("Each bar is one row of the table beside it, by its {variable:v}.", "Chaque barre est une ligne du tableau à côté, selon {variable:v}."),
        ("It begins with {first} at {first_value:g} and ends with {last} at {last_value:g}: {shown:w} of {n:w}.", "Cela commence par {first} avec {first_value:g} et finit par {last} avec {last_value:g} : {shown:w} sur {n:w}."),
        ("{missing:w} have no value.", "{missing:w} n'ont pas de valeur."),
    ),
    "chart_boxes": (
        ("Each line reaches from the lowest to the highest {variable:v} of a group of wards; the box holds its middle half, the mark is the median.", "Chaque ligne va du plus bas au plus haut de {variable:v} d'un groupe de wards ; la boîte en contient la moitié centrale, la marque est la médiane."),
        ("Of {groups:w} groups the median is highest in {first}, {first_value:g}; the last shown is {last}, {last_value:g}.", "Sur {groups:w} groupes, la médiane est la plus haute dans {first}, {first_value:g} ; le dernier montré est {last}, {last_value:g}."),
        ("{missing:w} wards have no value or no group.", "{missing:w} wards n'ont pas de valeur ou pas de groupe."),
    ),
    "year_series": (
        ("The table has {variable:v} for {years:w} years, each with its mean over the wards and its range.", "Le tableau a {variable:v} pour {years:w} années, chacune avec sa moyenne sur les wards et son étendue."),
        ("The mean is highest in {most_in}, {most_mean:g}, and lowest in {least_in}, {least_mean:g}.", "La moyenne est la plus haute en {most_in}, {most_mean:g}, et la plus basse en {least_in}, {least_mean:g}."),
        ("The unit is: {unit}.", "L'unité est : {unit:v}."),
        ("The maps of all years have the same classes, so their colours can be compared.", "Les cartes de toutes les années ont les mêmes classes ; leurs couleurs se comparent donc."),
    ),
    "rankings_by_year": (
        ("Each map is the newest ranking for one year; all have the same classes.", "Chaque carte est le classement le plus récent d'une année ; toutes ont les mêmes classes."),
        ("There are {years:w} of them, from {first_year} to {last_year}. In {last_year} {ranked:w} wards are ranked and {high:w} are in the high tier.", "Il y en a {years:w}, de {first_year} à {last_year}. En {last_year}, {ranked:w} wards sont classés et {high:w} sont dans la tranche élevée."),
        ("{stayed:w} of these were in the high tier in the year before, too.", "{stayed:w} d'entre eux étaient aussi dans la tranche élevée l'année d'avant."),
        ("A score is scaled within its own year: the places of the wards can be compared, the level of risk cannot.", "Un score est mis à l'échelle dans sa propre année : les places des wards se comparent, le niveau du risque non."),
    ),
    "plan_compared": (("Colours and rows tell what changes from “{first}” to “{second}”.", "Couleurs et lignes disent ce qui change de « {first} » à « {second} »."), ("The first covers {first_people:w} people, the second {second_people:w}: a difference of {difference:w}.", "Le premier couvre {first_people:w} personnes, le second {second_people:w} : une différence de {difference:w}."), ("{more:w} wards get more nets, {fewer:w} fewer; most changes in {most}: {most_change:w}.", "{more:w} wards en reçoivent plus, {fewer:w} moins ; le plus grand changement est à {most} : {most_change:w}.")),
}  # fmt: skip
