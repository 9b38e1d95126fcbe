"""What a report of net plans says, English and French side by side. `|` parts singular and plural."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # Chapters
    "outcome": ("What happens to each ward", "Ce qui arrive à chaque ward"),
    "delivery": ("What to bring to each LGA", "Quantités à livrer par LGA"),
    "more_or_fewer": ("What more or fewer nets would do", "Effet de plus ou moins de moustiquaires"),
    "candidates": ("Where nets could be taken from", "Où des moustiquaires pourraient être reprises"),
    "candidates_text": (
        "{n} ward of low risk is known to be urban on at least {share} of its area; it has {nets} nets in this plan. A list to look at, not a decision.|{n} wards of low risk are known to be urban on at least {share} of their area; they have {nets} nets in this plan. A list to look at, not a decision.",
        "{n} ward à faible risque est urbain sur au moins {share} de sa surface ; il a {nets} moustiquaires dans ce plan. Une liste à examiner, non une décision.|{n} wards à faible risque sont urbains sur au moins {share} de leur surface ; ils ont {nets} moustiquaires dans ce plan. Une liste à examiner, non une décision.",
    ),
    "candidates_rural": (
        "Among the five wards of lowest risk, not known to be urban: {names}. Taking nets by rank alone would hit them.",
        "Parmi les cinq wards de plus faible risque, non connus comme urbains : {names}. Reprendre des moustiquaires selon le seul rang les toucherait.",
    ),
    "candidates_caption": (
        "Lowest risk first. Urban = share of the area.",
        "Le risque le plus faible d'abord. Urbain = part de la surface.",
    ),
    "urban_share": ("Urban", "Urbain"),
    "evenness": ("Coverage and evenness", "Couverture et équité"),
    "side_by_side": ("Plans side by side", "Plans côte à côte"),
    "changes": ("What changes", "Ce qui change"),
    "lga_coverage": ("Coverage by LGA", "Couverture par LGA"),
    "annex_changes": ("Annex: all wards in each plan", "Annexe : tous les wards dans chaque plan"),
    # Summary of a plan
    "plan": ("Plan", "Plan"),
    "plan_title": ("{nets} nets, {strategy}", "{nets} moustiquaires, stratégie {strategy}"),
    "p_allocated": (
        "{allocated} of {nets} nets are given to {served} of {wards} wards.",
        "{allocated} moustiquaires sur {nets} sont attribuées à {served} wards sur {wards}.",
    ),
    "p_covered": (
        "They cover {covered} of {population} people, {share}.",
        "Elles couvrent {covered} personnes sur {population}, soit {share}.",
    ),
    "p_high": (
        "In wards of the high tier they cover {covered} of {population} people.",
        "Dans les wards de la tranche élevée, elles couvrent {covered} personnes sur {population}.",
    ),
    "p_need": (
        "All wards together need {need} nets; {short} are missing.",
        "L'ensemble des wards a besoin de {need} moustiquaires ; il en manque {short}.",
    ),
    "p_left": (
        "{n} net stays in stock.|{n} nets stay in stock.",
        "{n} moustiquaire reste en stock.|{n} moustiquaires restent en stock.",
    ),
    "p_more": (
        "{nets} more nets, shared the same way, would cover {people} more people, {high} of them in wards of the high tier.",
        "{nets} moustiquaires de plus, réparties de la même façon, couvriraient {people} personnes de plus, dont {high} dans les wards de la tranche élevée.",
    ),
    "p_unknown": (
        "For {n} ward the population is unknown: it gets no nets and stays in the list.|For {n} wards the population is unknown: they get no nets and stay in the list.",
        "La population de {n} ward est inconnue : il ne reçoit rien et reste dans la liste.|La population de {n} wards est inconnue : ils ne reçoivent rien et restent dans la liste.",
    ),
    "p_zero": (
        "{n} ward has 0 people in this population and gets no nets: 0 must not stand for a number that is not known.|{n} wards have 0 people in this population and get no nets: 0 must not stand for a number that is not known.",
        "{n} ward a 0 habitant dans cette population et ne reçoit rien : 0 ne doit pas y tenir lieu d'un nombre inconnu.|{n} wards ont 0 habitant dans cette population et ne reçoivent rien : 0 ne doit pas y tenir lieu d'un nombre inconnu.",
    ),
    "p_solver": (
        "Found by a solver: at most {gap} from the best split there is.",
        "Trouvé par un solveur : à {gap} au plus de la meilleure répartition possible.",
    ),
    "p_solver_time": (
        "Time ran out before the best split was proven: another search may find another split.",
        "Le temps a manqué pour prouver la meilleure répartition : une autre recherche peut en trouver une autre.",
    ),
    "p_gini": (
        "The Gini coefficient of nets over people is {value} (0 = everybody has the same share).",
        "Le coefficient de Gini des moustiquaires par personne est {value} (0 = chacun a la même part).",
    ),
    "p_population": (
        "Population: {source}, year {year}; unknown populations: {rule}.",
        "Population : {source}, année {year} ; populations inconnues : {rule}.",
    ),
    "source_column": ("column “{name}” of the ward table", "colonne « {name} » du tableau des wards"),
    "source_registration": (
        "registration list, column {column}, added up by ward",
        "liste d'enregistrement, colonne {column}, additionnée par ward",
    ),
    "rule_leave": ("left out", "laissées de côté"),
    "rule_lga_median": ("median of the LGA", "médiane du LGA"),
    "rule_zero_unknown": ("left out, and 0 taken for unknown", "laissées de côté, et 0 tenu pour inconnu"),
    "rule_zero_lga_median": ("median of the LGA, and 0 taken for unknown", "médiane du LGA, et 0 tenu pour inconnu"),
    "rule_zero_mean": (
        "mean of the known wards, and 0 taken for unknown",
        "moyenne des wards connus, et 0 tenu pour inconnu",
    ),
    "rule_mean": ("mean of the known wards", "moyenne des wards connus"),
    "p_cost": ("The plan costs {amount}.", "Le plan coûte {amount}."),
    # Tables
    "people": ("People", "Population"),
    "need": ("Need", "Besoin"),
    "nets": ("Nets", "Moustiquaires"),
    "missing_nets": ("Missing", "Manque"),
    "covered": ("Covered", "Couverts"),
    "coverage": ("Coverage", "Couverture"),
    "served": ("Served", "Servis"),
    "reason": ("Outcome", "Issue"),
    "cost": ("Cost {currency}", "Coût {currency}"),
    "in_full": ("In full", "En entier"),
    "left": ("Left", "Reste"),
    "change": ("Change", "Écart"),
    "coverage_tier": ("Coverage {tier}", "Couverture {tier}"),
    "outcome_caption": ("Wards, people and nets by outcome.", "Wards, population et moustiquaires par issue."),
    "delivery_caption": (
        "Sums of the wards. Coverage = people covered ÷ population.",
        "Sommes des wards. Couverture = personnes couvertes ÷ population.",
    ),
    "curve_caption": ("Other stocks, shared the same way.", "D'autres stocks, répartis de la même façon."),
    "stock": ("Nets in stock", "Stock"),
    "this_plan": ("{nets} (this plan)", "{nets} (ce plan)"),
    "high_covered": ("In high-tier wards", "Wards de tranche élevée"),
    "annex_plan_caption": (
        "Rank 1 = highest risk. Need and nets in nets, people in persons. Coverage = people covered ÷ population.",
        "Rang 1 = risque le plus élevé. Besoin et moustiquaires en nombre, population en personnes. Couverture = personnes couvertes ÷ population.",
    ),
    "annex_plan_filled": (
        "* The population was filled by the rule above, not counted.",
        "* Population complétée selon la règle ci-dessus, non recensée.",
    ),
    "served_full": ("all it needs", "tout le besoin"),
    "served_partial": ("part of its need", "besoin en partie"),
    "exhausted": ("not reached", "non atteint"),
    "cap_too_small": ("not reached: cap", "non atteint : plafond"),
    "limits_reached": ("not reached: limit", "non atteint : limite"),
    "excluded_urban": ("left out: urban", "exclu : urbain"),
    "no_population": ("population unknown", "population inconnue"),
    "zero_need": ("nobody lives there", "inhabité"),
    "no_rank": ("no rank, no nets", "sans rang, sans moustiquaire"),
    # Settings
    "s_nets": ("Nets in stock", "Moustiquaires en stock"),
    "s_strategy": ("Strategy", "Stratégie"),
    "s_urban_rule": ("Urban rule", "Règle urbaine"),
    "s_threshold": ("Urban from, % of area", "Urbain à partir de, % de la surface"),
    "s_people_per_net": ("People per net", "Personnes par moustiquaire"),
    "s_buffer_percent": ("Buffer, %", "Marge, %"),
    "s_quantity": ("Nets counted by", "Moustiquaires comptées par"),
    "s_household_size": ("Household size", "Taille du ménage"),
    "s_cap_percent": ("Most of the stock for one ward, %", "Part maximale du stock pour un ward, %"),
    "s_risk_ratio": ("Weight of the first rank ÷ the last", "Poids du premier rang ÷ dernier"),
    "s_candidate_threshold": ("Candidates urban from, % of area", "Candidats urbains à partir de, % de la surface"),
    "s_lga_minimum": ("Least for each LGA, % of the need of all its wards", "Minimum pour chaque LGA, % du besoin de tous ses wards"),
    "s_ward_floor": ("Least for each ward that may be served, % of its need", "Minimum pour chaque ward qui peut être servi, % de son besoin"),
    "s_per_net": ("Price of a net", "Prix d'une moustiquaire"),
    "s_per_lga": ("Delivery to one LGA", "Livraison à un LGA"),
    "s_of_lga": ("Delivery to single LGAs", "Livraison à certains LGA"),
    "s_budget": ("Budget", "Budget"),
    "s_population": ("Population", "Population"),
    "s_ranking": ("Ranking", "Classement"),
    "s_risk": ("Ranking, result", "Classement, résultat"),
    "composite": ("composite", "composite"),
    "pca": ("principal components", "composantes principales"),
    "proportional": ("in proportion to need", "proportionnelle au besoin"),
    "sequential": ("highest risk first", "risque le plus élevé d'abord"),
    "weighted": ("weighted by risk", "pondérée par le risque"),
    "capped": ("highest risk first, capped", "risque le plus élevé d'abord, plafonnée"),
    "largest_remainder": ("in proportion, largest remainders", "proportionnelle, plus forts restes"),
    "best_split": ("best split under limits", "meilleure répartition sous contraintes"),
    "off": ("no difference between rural and urban", "aucune différence entre rural et urbain"),
    "rural_first": ("rural wards first", "wards ruraux d'abord"),
    "urban_first": ("urban wards first", "wards urbains d'abord"),
    "exclude": ("urban wards get none", "rien pour les wards urbains"),
    "people_per_net": ("people per net", "personnes par moustiquaire"),
    "household": ("household size (approximate)", "taille du ménage (approximatif)"),
    # Methods
    "mp_need_people_per_net": (
        "Counted by people per net, the need of a ward is its population, with the buffer, divided by the people per net and rounded up.",
        "Compté en personnes par moustiquaire, le besoin d'un ward est sa population, marge comprise, divisée par le nombre de personnes par moustiquaire, arrondi au-dessus.",
    ),
    "mp_need_household": (
        "Counted by household, the need of a ward is its households (population ÷ household size, rounded, at least 1 where somebody lives) × half the household size, rounded up, with the buffer. This is approximate: households differ in size.",
        "Compté par ménage, le besoin d'un ward est le nombre de ménages (population ÷ taille du ménage, arrondi, au moins 1 là où quelqu'un habite) × la moitié de la taille du ménage, arrondie au-dessus, marge comprise. C'est approximatif : les ménages n'ont pas tous la même taille.",
    ),
    "mp_share": (
        "The stock was shared in whole nets by the strategy below; no ward gets more than it needs.",
        "Le stock a été réparti en moustiquaires entières selon la stratégie ci-dessous ; aucun ward ne reçoit plus que son besoin.",
    ),
    "mp_covered_people_per_net": (
        "Counted by people per net, people covered = nets × people per net, at most the people who live there.",
        "Compté en personnes par moustiquaire, personnes couvertes = moustiquaires × personnes par moustiquaire, au plus la population.",
    ),
    "mp_covered_household": (
        "Counted by household, people covered = population × nets ÷ need, rounded down.",
        "Compté par ménage, personnes couvertes = population × moustiquaires ÷ besoin, arrondi au-dessous.",
    ),
    "mp_every": (
        "Every ward of the ranking stands in the plan with its outcome; every total is a sum of the annex.",
        "Chaque ward du classement figure dans le plan avec son issue ; chaque total est une somme de l'annexe.",
    ),
    # Comparison
    "c_plans": ("{n} plan of the same wards is shown.|{n} plans of the same wards are compared.", "{n} plan des mêmes wards est présenté.|{n} plans des mêmes wards sont comparés."),
    "c_rankings": (
        "The plans rest on {n} ranking.|The plans rest on {n} different rankings: ranks and tiers are not the same in each.",
        "Les plans reposent sur {n} classement.|Les plans reposent sur {n} classements différents : rangs et tranches diffèrent de l'un à l'autre.",
    ),
    "c_counted": (
        "The plans count people or needs in different ways ({names}): what changes is not the sharing alone.",
        "Les plans ne comptent pas la population ou les besoins de la même façon ({names}) : ce qui change ne tient pas à la seule répartition.",
    ),
    "c_most": (
        "Most people are covered by {plan}: {people}.",
        "Le plan qui couvre le plus de personnes est {plan} : {people}.",
    ),
    "c_most_high": (
        "Most people in wards of the high tier are covered by {plan}: {people}.",
        "Le plan qui couvre le plus de personnes dans les wards de la tranche élevée est {plan} : {people}.",
    ),
    "c_change": (
        "From {first} to {second}, {more} wards get more nets and {fewer} get fewer.",
        "De {first} à {second}, {more} wards reçoivent plus de moustiquaires et {fewer} en reçoivent moins.",
    ),
    "c_numbers": ("Plan {number} is {title}.", "Le plan {number} est {title}."),
    "plan_number": ("Plan {number}", "Plan {number}"),
    "nets_of": ("Nets, plan {number}", "Moustiq., plan {number}"),
    "c_changes_caption": (
        "The largest changes of nets from plan 1 to plan 2.",
        "Les plus grands écarts de moustiquaires du plan 1 au plan 2.",
    ),
    "c_map": ("Change in coverage from plan 1 to plan 2", "Écart de couverture du plan 1 au plan 2"),
    "c_side_caption": ("Coverage = people covered ÷ population.", "Couverture = personnes couvertes ÷ population."),
    "c_annex_caption": ("Nets of each ward in each plan. Rank 1 = highest risk.", "Moustiquaires de chaque ward dans chaque plan. Rang 1 = risque le plus élevé."),
    "currency": ("Currency", "Monnaie"),
    "cost_nets": ("Cost of the nets", "Coût des moustiquaires"),
    "cost_delivery": ("Cost of delivery", "Coût de la livraison"),
    "cost_total": ("Total cost", "Coût total"),
    "cost_per_person": ("Per person covered", "Par personne couverte"),
    "budget_left": ("Left of the budget", "Reste du budget"),
    "c_costs_caption": (
        "Costs at the prices of each plan; what has no price is not counted, and currencies are not converted.",
        "Coûts aux prix de chaque plan ; ce qui n'a pas de prix n'est pas compté, et les monnaies ne sont pas converties.",
    ),
    "c_part": ("Plans {first} to {last}.", "Plans {first} à {last}."),
    # Limits
    "lp_population": (
        "Populations are as old as their source; nets are planned for the people it counts.",
        "Les populations datent de leur source ; le plan vaut pour les personnes qu'elle compte.",
    ),
    "lp_use": (
        "Covered means that there are enough nets, not that people sleep under them.",
        "« Couvert » signifie qu'il y a assez de moustiquaires, non que les gens dorment dessous.",
    ),
    "lp_rank": (
        "The plan follows the ranking; what limits the ranking limits the plan.",
        "Le plan suit le classement ; les limites du classement sont aussi les siennes.",
    ),
    "lp_alike": (
        "Every ward gets the same share of its need; the ranking does not change who gets nets, it breaks ties.",
        "Chaque ward reçoit la même part de son besoin ; le classement ne change pas qui reçoit des moustiquaires, il départage les égalités.",
    ),
    "lp_alike_turns": (
        "Wards whose turn it is get the same share of their need; the ranking does not change who gets nets, it breaks ties.",
        "Les wards dont c'est le tour reçoivent la même part de leur besoin ; le classement ne change pas qui reçoit des moustiquaires, il départage les égalités.",
    ),
    "lp_alike_split": (
        "All wards weigh the same in the split; the ranking does not change who gets nets.",
        "Tous les wards pèsent autant dans la répartition ; le classement ne change pas qui reçoit des moustiquaires.",
    ),
    "lp_routes": (
        "Stocks already in households, roads, seasons and security are not part of the calculation.",
        "Les moustiquaires déjà présentes, les routes, les saisons et la sécurité n'entrent pas dans le calcul.",
    ),
}  # fmt: skip
