"""The words of the commands: English, Nigerian English, Pidgin and a subset of French, each under its concept.

Phrases of several words stand beside single words; the longest wins. A word that stands nowhere here, and is no
place, variable or number, is unknown, and a message with unknown words is not a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from assistant.core.number_words import NUMBER_WORDS

# Said for politeness or grammar; they change nothing.
_FILLERS_TEXT = """
    a an the of to for from in into inside at on our my your his her their its me us we you i it he she
    they them that this these those there here is are am was were be been being do does did done has have
    had having can could will would should shall may might must please pls plz kindly just now then also
    too so very really all any some one ones and or with want wants wanna need like know let lets get gets
    got give gives given see look find want try use using make makes made respect terms according regard
    based s t m re ll d ai dear sir ma madam abeg biko o oo na sef oga una dey wey wan fit sabi take am
    no_ e de la le les l des du un une au aux en dans et ou sur pour par_ je tu il elle on nous vous moi
    mon ma mes ton ta tes nos y a que qui est sont il_ ce cette ces se s qu j veux peux voudrais est_ svp
    avec sans_ faut fait le_ oya level levels area areas data_ put them between within across among per_
    used use ete sur if when whole entire entirely state go again yet whats well both each every entre
    s_il tous toutes ont t_ us n main key important major fall falls fell receive receives went go_into into utilise utilisee
    utilises utilisees threshold cutoff seuil possible possibly maybe actually currently today only quickly simply exactly_
    there_ again_ d_ there s id wondering wonder think believe_ interested principal_ principaux principales ci la_ bien_
"""
# Adverbs, pronouns and the like, which a sentence has whatever it is about. No word that turns its meaning round is here.
_COMMON_TEXT = """
    about actually ahead almost already anybody anyone anything anyway around as away basically being bit came completely
    considering course directly during either else enough even ever everybody everyone everything_ exactly finally following
    further generally gone happen happened hope however idea immediately including instead itself kind kinda lately later
    little looking made mainly mind moment mostly myself nearly once others other otherwise ourselves out own part particular
    particularly perhaps point probably properly pull pulled quick quite rather recent recently roughly round said seem seems
    seen several since somehow somebody someone something soon sorry straight such suppose supposed than though through thing
    things thus trying until upon usual usually various went whether whole wish wonder would yours yourself thats whats theres
    order_ call called calls check checking work_out_ turn turned turns wants wanted needed needs asking asked ask question
    questions answer answers report_ help_ pass_ run_ alors aussi avoir bien_ car ceci cela celui celle ceux chaque chez comme
    depuis donc elles encore etre ici ils jusque leur leurs lui mais meme notre nous ont_ parmi peu peut plutot pourrais
    pourriez pouvez quand_ quelque sera seraient serait si soit son sont_ tout_ tres vers voici voila voudrais vos votre vous y
    ainsi alors_ puis ensuite maintenant savoir voulez veuillez aimerais souhaite
    km mm kms cm kilometre kilometres kilometer kilometers metre metres meter meters degree degrees degres celsius
"""
FILLERS = frozenset(_FILLERS_TEXT.split()) | frozenset(_COMMON_TEXT.split())

# Spelled right and no form of a word that the commands know, however near to one: these are not repaired.
_OWN_RIGHT_TEXT = """
    apart avoid avoiding besides except excepte excluding excludes outside sauf sans hors without neither nor ni
    director gree cases small print tested variance full slide long cover town juste cours patients rangs temps dois election
    enter lien allez remain ordre suis sharp says loaded fera sit wide contre pictures saved sert sent recorded unit collegue
    chef gave avez right rice wait focal ehen centre words wall love contient gist poor zones home dropped defend
    kill noon drive book trous form handed plug plain letter sans safe kept weight hour fund ground head dots stables layer
    field note cost late hear personne likes flight treat pire standing choice drug paste halt dose doses passe cher retained
    nas coverage edit chose slate resistance assistance case jare land screen presentation seulement mail writing staring
    deja mets joining term households saw volunteers code lunch teams lead bars road patch irs rest nom mass fuel spare
    hang eyes alone vite fier died medicine soir kain derriere cant sees trop hates interest story fast post slept quote hall
    while suite mess cold incertain sister lies simple president sing song tall mount perm sec catch feed rises
    respects aires paid salue collection onto play paint maire alike rien louer ange yall havent hook loads settings
    humain bonne vois pleut elus contestent monter hier closes evaluation moved fault parti filed usaid courriel settling
    greet sors heure handles guesses matin lift news folder hire hill jour attack spend pilot site container threw internet
    early tey prend meres although slow nans pearson hist width lang large ways bother hide luck contract tanks estimate pure
    tree gary laid pulling rend fight lorry formular sell quiet saying thought feel ease none hoping expert handy aime disk
    clean mate toute tour cleaning base musa sers doit quelques cars attendance meant chance weights printing rated
    sold gold hold cold told wells farms farm roads schools school markets market clinic clinics nurse nurses doctor doctors
    ranging quarter quarters quart quarts quartile quartiles unweighted
    dual tractor mosque mosques church churches boats boat police wife child girl girls boy boys woman women men man
    food hunger price prices money bank banks pay salary vote voters party governor minister king chief chiefs
"""
RIGHT = frozenset(_OWN_RIGHT_TEXT.split())

# Concept -> its words and phrases.
CONCEPTS: Mapping[str, str] = MappingProxyType(
    {
        "HELP": "options|possibilities|choices|functions|features|capabilities|guide|guidance|understand|teach|what else can you do|what you can do|ne comprends pas|besoin d aide|assist|assistance|instructions|tutorial|do for me|able to do for me|what can you help|what can you help me with|help|halp|commands|command|aide|aider|aidez|lost|what can you do|what can i ask|what can i do|what are you able to do"
        "|how does this work|how do i use this|how to use this|how do i use this thing|how do i use|what you fit do|wetin you fit do|wetin you sabi do|que peux tu faire"
        "|que sais tu faire|comment ca marche|how to use",
        "BACK": "step back|one step back|a step back|en arriere|arriere|revenir en arriere|retour en arriere|etape precedente|back|previous step|previous|return|retour|revenir|undo",
        "STATUS": "left to do|what s left to do|what is left to do|still to do|remains to be done|where we dey|where we dey now|where we reach|which stage|what stage|at what stage|everything done|is everything done|have you finished|reste a faire|que reste t il|qu est ce qui reste|where am i|what remains|how is the work going|how is it going|are we done|are you done|is it done|what is left|still going|still running|don ready|e don ready|remains|remaining|how is the work|what is next|current state|current step|status|progress|where are we|where did we stop|where did we get to|how far have we gone|how far with the work|how far are we|how far along|what should i do next|whats next|what next|what is next|next step"
        "|statut|etat|ou en sommes nous|ou en est on|what have we done|what is done so far|done so far|analysis done|analysis finished|analysis complete|is it done|done yet|e don finish|don finish|finished|finish|ready|fini|termine|so far",
        "CANCEL": "drop it|drop that|scrap that|scrap it|skip it|skip this|leave this|back out|get out|let me out|laisse tomber|laissez tomber|sortir|cancel|stop|exit|quit|abort|never mind|nevermind|forget it|forget that|leave am|annuler|annule|arrete|arreter|quitter",
        "NEW": "begin again|fresh start|restart|start all over|from scratch|repartir de zero|tout recommencer|new chat|new conversation|new discussion|start over|start afresh|start again|reset|clear the chat|clear chat|clear the conversation|fresh chat|another chat"
        "|another conversation|nouveau chat|nouvelle conversation|recommencer",
        "TALKS": "history|my history|chat history|conversation history|my conversations|all conversations|all my conversations|past conversations|earlier conversations|old conversations|previous conversations|my chats|past chats|old chats|earlier chats|previous chats|rename this conversation|rename the conversation|rename this chat|archive this conversation|archive this chat|pin this conversation|pin this chat|delete this conversation|delete this chat|historique|mes conversations|mes discussions",
        "TRANSCRIPT": "transcript|transcripts|transcription|export this conversation|export the conversation|export this chat|export the chat|download this conversation|download the conversation|download this chat|download the chat|save this conversation|save the chat",
        "SHARELINK": "share this conversation|share the conversation|share this chat|share the chat|share our conversation|share this conversation with a colleague|make a link|shared links|partager cette conversation|partager la conversation",
        "GREET": "how far|how far na|how far my person|hello there|hi there|hey there|how is everything|how are things|wetin dey happen|coucou|salutations|how far my guy|how far my friend|my friend|friend|how is your day|good night|hello|hi|hey|good morning|good afternoon|good evening|good day|how you dey|how una dey|how body|how far na wa|well done|sannu|ina kwana|bonjour|bonsoir|salut|greetings"
        "|how are you|morning|ekaaro|nnoo",
        "THANKS": "cheers|grateful|much appreciated|appreciate|appreciate it|i appreciate|lovely|brilliant|awesome|thank u|genial|super merci|lot|thanks a lot|bien|merci bien|so much|very much|cool|wonderful|well done|fantastic|super|parfait|thanks|thank you|thank|thx|merci|god bless you|god bless|well done thank you|you do well|you try|nagode|much|great|appreciated|beaucoup|nice|good job|excellent|perfect",
        "WHO": "are you chatgpt|are you a machine|are you a computer|who am i talking to|who am i speaking to|who am i speaking with|what kind of assistant are you|a qui je parle|who are you|what are you|are you a robot|are you human|are you an ai|are you ai|are you a bot|are you a person|are you a human|are you real|who made you|who built you|what is chatmrpt|qui es tu|qui etes vous|c est quoi chatmrpt|what is your name"
        "|your name|who is this|what is this tool|what is this app",
        "YES": "yes please|sounds good|exactly|go for it|let s go|indeed|c est bon|tres bien|volontiers|please do|do it|do that|of course|absolutely|yes do it|certainly|yes|yeah|yep|yup|ok|okay|sure|continue|go ahead|proceed|alright|correct|confirm|ready to go|oui|d accord|vas y|bien sur|yes o|oya now|agreed|fine",
        "NO": "not really|no way|negative|pas du tout|not that|surtout pas|leave it|leave that|dont do it|do not|no|nope|not now|nah|no o|non|pas maintenant|no thanks|no thank you|non merci|dont",
        "UPLOAD": "hand over|give you|insert|drag|send you|transmettre|deposer|add|where can i put|where do i put|put my|accept|send in|provide|supply|browse|upload|uploading|import|load|attach|submit|televerser|charger|importer|envoyer|upload page|add file|add data|new file|new dataset|new data",
        "FILES": "format|formats|pdf|word|docx|html|word document|word file|file type|file types|table|tables|file|files|fichier|fichiers|csv|excel|xlsx|xls|shapefile|shapefiles|shape|shapes|boundaries|boundary|geojson|geopackage|gpkg|geoparquet|spreadsheet|polygons|polygon|ward table|png|svg|limites",
        "DATA": "data|dataset|datasets|donnees|jeu de donnees|information",
        "DESCRIBE": "what kind of data|kind of data|type of data|s in the file|is in the file|in my file|in this file|details|detail|details on|facts|facts about|look|contain|contains|inside my|describe|summarise|summarize|summary|overview|profile|decris|decrire|resume|resumer|apercu|tell about|tell me about|parle moi de",
        "VARS": "inputs|input|predictors|predictor|covariate|layers|measures|criteria|criterion|facteurs|facteur|criteres|ingredients|variables|variable|columns|column|indicators|indicator|covariates|fields|colonnes|colonne|indicateurs|factors",
        "MISSING": "holes|absent|absentes|unavailable|not available|nan|null|without values|lacunes|lacune|vides|vide|check for missing|check for gaps|anything missing|manquent|manque|lacking|lack|missing|gap|gaps|empty|blank|blanks|incomplete|complete|no data|without data|manquantes|manquante|manquants|manquant|nulls",
        "VALUES": "value|values|valeur|valeurs|cell|cells|cellules|cellule|measured",
        "MATCH": "rapprochement|compte rendu du rapprochement|find its boundary|find their boundary|find its polygon|find their polygon|found its boundary|find a boundary|line up|lined up|matched up|paired|pair up|associes|associe|appariees|apparie|appariee|rattaches|how well did the wards match|how well did the names match|how well did the matching go|failed to match|failed|how good is the match|how good was the match|how did the matching go|match|matched|matching|match report|matches|unmatched|joined|join|placed|place|appariement|apparies|correspondance|rapport d appariement|linked|names|name matching|noms",
        "ROWS": "row|rows|records|record|lignes|ligne",
        "RUN": "run it|do it again|calculation|calculations|up|carry|make me|redo|run|start|launch|begin|compute|calculate|perform|execute|carry out|redo|rerun|lance|lancer|demarrer|calculer|commencer|generate|create|build|produce|prepare|write|fais|faire|generer|creer|rediger",
        "ANALYSIS": "analysis|analyses|analyse|analyze|analyser|analysing|malaria analysis|assessment",
        "RISK": "risk|risks|malaria|vulnerability|vulnerable|danger|risque|risques|paludisme|malaria risk|risk of malaria|risque de paludisme|vulnerabilite|vulnerables|at risk|a risque|burdened",
        "RANKING": "position|positions|placement|rung|ranking|rankings|rank|ranked|ranks|order|classement|classe|classes|classer|sort|sorted|position|rang|number|second|fourth|fifth|sixth|seventh|eighth|ninth|tenth|premier|premiere|deuxieme|troisieme|quatrieme|cinquieme",
        "RESULTS": "what came out|came out|came out of|outcome of|output|outputs|result|results|resultats|resultat|findings|outcome|outcomes|find",
        "WARD": "communities|community|neighbourhoods|neighbourhood|neighborhoods|localities|locality|ward|wards|quartier|quartiers",
        "LGA": "local govt|local govts|local goverment|local goverments|lg|lgs|l g a|l g as|collectivite|collectivites|collectivite locale|collectivites locales|gouvernement local|gouvernements locaux|zone de gouvernement local|local government councils|council|councils|municipality|lga|lgas|local government|local governments|local government area|local government areas|district|districts|zone lga",
        "SHOW": "show|display|view|list out|montre|montrer|montrez|affiche|afficher|tell|bring|open|voir|donne|donner|donnez|draw|plot|present",
        "LIST": "list|name|names of|enumerate|liste|lister|listes",
        "WHAT": "what|which|who|quel|quelle|quels|quelles|wetin|quoi|what is|what are|qu est ce que",
        "HOW": "become|became|how|comment|in what way",
        "HOWMANY": "no of|nombre total de|total count of|quantity of|the quantity of|the tally of|nombre exact de|tally|the number of|count the|count up|quel nombre de|how many|how much|number of|count|total number of|combien|combien de|nombre de|count of|how plenty",
        "TOP": "forte|fort|plus forte|plus fort|dangerous|most dangerous|endangered|most endangered|high pass|plenty pass|worst off|worse off|hardest hit|hit hardest|hit|badly hit|most affected|worst affected|badly affected|hardest|heaviest|toughest|suffering|suffers most|suffer most|critical|severe|hotspot|hotspots|hot spots|on top|come out on top|comes out on top|come out top|comes out top|at the top|so many|send help first|send help|act first|intervene first|focus on|focus|target|targeted|prioritised|prioritized|need attention|attention|get help first|help first|need help|need help most|worse|urgent|urgently|in trouble|top|highest|most|best|worst|largest|biggest|greatest|maximum of|riskiest|high to low|farthest|furthest|longest|first|from highest to lowest|highest to lowest|from high to low|from largest to smallest|largest to smallest|from most to least|plus haute a la plus basse|plus haut au plus bas|plus fort au plus faible|plus eleve au plus faible|plus elevee a la plus faible|plus grand au plus petit|in descending order|descending|ordre decroissant|par ordre decroissant"
        "|elevees|eleve|eleves|elevee|plus haut|leading|strongest|number one|number 1|prioritise|prioritize|priority|bad|meilleurs|pires|pass_top|highest first|bad pass|pass all|le plus|la plus|les plus|plus de|plus eleve|plus eleves|plus elevee",
        "LOW": "le moins de|la moins de|basse|tranquille|tranquilles|plus tranquilles|low pass|no too|least affected|best off|better off|safer|mildest|lightest|at the bottom|come out last|comes out last|so few|too few|so little|lowest|bottom|least|smallest|fewest|minimum of|closest|nearest|shortest|safest|moins|bas|basses|faible|faibles|les plus bas|le plus bas|la plus basse|les plus basses|les plus faibles|le plus faible|la plus faible|plus bas|plus basse|plus basses|plus faible|plus faibles|last|low to high|weakest|from lowest to highest|lowest to highest|from low to high|from smallest to largest|smallest to largest|from least to most|plus basse a la plus haute|plus bas au plus haut|plus faible au plus fort|plus faible au plus eleve|plus faible a la plus elevee|plus petit au plus grand|in ascending order|ascending|ordre croissant|par ordre croissant|lowst|loweest|lwest|dernier|derniere|derniers|dernieres",
        "BY": "by|per|according to|in terms of|par|selon|for each|in order of|on the basis of|ranked by",
        "WHERE": "where|whose|ou|that have|which have|having|ou le|dont",
        "ABOVE": "au dessus|depasse|depassent|depassant|au dessus de|au dessus du|au dela de|further than|farther than|more then|bigger then|further then|higher then|greater then|upwards of|no less then|above|over|more than|greater than|higher than|exceeding|exceeds|exceed|bigger than|larger than|superieur|superieure|superieurs|superieur a|plus de_|plus que|beyond|pass",
        "ATLEAST": "no fewer than|not fewer than|not below|not under|no less than|no less|ou plus|at least|not less than|or more|au moins|from at least|or higher|or above|or over|and over|or greater|and above|and more|et plus|superieur ou egal a|superieure ou egale a|superieurs ou egaux a|superieur ou egal|greater than or equal to|greater or equal to|higher than or equal to|more than or equal to|equal to or more than|equal to or greater than",
        "BELOW": "sous|en dessous de|en dessous|no reach|not reach|no dey reach|n atteint pas|n atteignent pas|en dessous de|au dessous de|less then|lower then|fewer then|closer than|nearer than|below|under|less than|lower than|fewer than|smaller than|beneath|inferieur|inferieure|inferieur a|moins de|moins que",
        "ATMOST": "no further than|not further than|no farther than|not farther than|no pass|not over|not above|no more than|ne depasse pas|ne depassent pas|ou moins|or fewer|at most|not more than|or less|au plus|up to|or lower|or below|or under|and under|and below|et moins|inferieur ou egal a|inferieure ou egale a|inferieurs ou egaux a|inferieur ou egal|less than or equal to|less or equal to|lower than or equal to|fewer than or equal to|equal to or less than",
        "BETWEEN": "between|entre",
        "HIGH": "highest tier|highest risk tier|highest risk group|top tier|most dangerous group|haut risque|a haut risque|risque eleve|high|high risk|high tier|highly|haut|haute|a risque eleve|a risque haut|a fort risque|a risque fort",
        "MEDIUM": "niveau moyen|risque moyen|categorie moyenne|intermediaire|medium|medium risk|middle|moyen risque|a risque moyen|a moyen risque|risque modere|a risque modere|moderate risk",
        "LOWTIER": "faible risque|low group|lowest tier|lowest risk tier|lowest risk group|lowest tier of risk|low|low risk|low tier|a faible risque|a risque faible|risque faible|a bas risque|a risque bas",
        "TIER": "tranche|bracket|tier|tiers|category|categories|class|group|niveau|niveaux",
        "MEAN": "average|mean|avg|typical|moyenne|moyen|moyens|on average|en moyenne",
        "SUM": "total|sum|totals|overall|altogether|totale|somme|live|lives|living|en tout|add up|add together|additionne|additionner|additionnez",
        "MEDIAN": "median|mediane",
        "MIN": "min|minimum|smallest value|lowest value|minimale|minimales|minimal|minimaux",
        "MAX": "max|maximum|largest value|highest value|maximale|maximales|maximal|maximaux",
        "STD": "standard deviation|std|spread|deviation|ecart type",
        "CORR": "go together|goes together|going together|move together|moves together|go with|goes with|hand in hand|in step with|follow each other|tied to|tied together|corr|linked with|is linked with|related to|affect|affects|influence|influences|link|linked|associated|strongly|impact|effect|connection|connected|increase with|increases with|depend on|correlate|correlates|correlated|correlation|correlations|relationship|related|relate|relates|relation|association|associated|link between|go up|goes up|rise with|correlation entre|correler|lie|linked to|depend|depends",
        "WHY": "causes|cause|behind|what is behind|responsible|responsible for|contribute|contributes|contribution|contributes most|contributed|wrong with|wrong|say|come|why|pourquoi|how come|reason|reasons|what makes|wetin make|what drives|what is driving|drives|driving|because|what causes|makes_|drivers",
        "EXPLAIN": "details|details on|more about|information on|info on|explain|explains|explained|explaining|explain why|explique|expliquer|expliquez|explication|explanation|interpret|interpretation|interpreter|how to read|how do i read|how should i read|how can i read|read|lire|tell me about|tell about",
        "COMPARE": "differ|differs|different|differ from|different from|side by side|next to each other|opposed to|compare|compair|compares|comparing|comparison|versus|vs|difference|differences|comparer|compare to|comparez|contrast|against",
        "MAP": "picture|visualise|visualize|heat map|heatmap|cartographie|cartographier|plan de situation|map|maps|carte|cartes|mapping|choropleth|on a map",
        "CURVE": "curve|curves|lorenz|lorenz curve|courbe|courbes",
        "TREND": "going up|going higher|fastest rising|fastest falling|rising fastest|falling fastest|steepest rise|steepest fall|fastest increasing|fastest decreasing|trend|trends|rising|falling|increasing|decreasing|going down|getting worse|getting better|improving|worsening|en hausse|en baisse|augmente|diminue|tendance|tendances|over time|rise and fall|evolution",
        "HIST": "histogram|histograms|distribution|histogramme|how spread",
        "BOX": "box plot|boxplot|box plots|boxplots|box and whisker",
        "SCREE": "scree|scree plot",
        "LOADINGS": "loading|loadings",
        "CHART": "chart|charts|graph|graphs|plots|figure|figures|graphique|graphe|diagram|bar chart",
        "DOWNLOAD": "extract|get a copy|have a copy|recuperer|obtenir les fichiers|send|send me|copy of|pdf|download|downloads|export|exports|save|telecharger|telecharge|telechargez|exporter|exporte|take away|everything",
        "METHOD": "stand for|stands for|short for|abbreviation|abbreviation of|veut dire|veulent dire|signification|method|methods|methodology|methode|methodes|methodologie|work|works|calculated|computed|derived|obtained|done|formula|formule|means|meaning|definition|define|definir|calcule|calculee|algorithm|what does mean|c est quoi|signifie",
        "TOPIC_SCORE": "composite score|composite scores|vulnerability score",
        "TOPIC_NORM": "normalised|normalized|normalisation|normalization|normalise|normalize|scaled|scaling|scale",
        "TOPIC_IMPUTE": "imputation|imputing|fill missing|fill the missing|filling|handle missing|fill gaps|fill the gaps|fill missing values",
        "FILLED": "made up|replaced|substituted|completees|completee|estimees|estimee|imputees|imputee|filled|filled cells|imputed|impute|estimated|guessed|fill|remplies|remplie|rempli|combler|comblees",
        "STABLE": "unstable|shaky|firm|firmest|firmly|solid|change|changes|changing|jump|jumps|jumpy|fluctuate|fluctuates|move around|moves around|wobble|instable|instables|changent|bouge|bougent|trust|dependable|consistent|confidence|believe|accurate|stable|stability|certain|sure|confident|certainty|uncertainty|uncertain|robust|reliable|stabilite|rank range|vary|varies|variation|range|always|agree between",
        "MODELS": "model|models|modele|modeles|top third|third|combinations of variables",
        "PCA": "pca|principal component|principal components|principal component analysis|acp|analyse en composantes principales",
        "KMO": "kmo|bartlett|suitable|suitability|suited|kaiser",
        "AGREE": "agree|agreement|same|concordance|rankings compare|both rankings",
        "NET": "net|nets|bed|beds|bednet|bednets|bed nets|bed net|mosquito nets|mosquito net|itn|itns|llin|llins|moustiquaire|moustiquaires|treated nets|insecticide treated nets|net plan|net planning|net distribution",
        "PLAN": "what happens with|what happens if|happens|plan|planning|distribute|distribution plan|allocate|allocation|share|sharing|planifier|distribuer|repartir|campaign|what if|if we get|scenario|scenarios|distribution of nets",
        "HOUSEHOLD": "per house|for one house|one house|under one roof|per roof|hh size|hh|par menage|household size|household|people per household|persons per household|taille du menage|menage|menages|family size",
        "EXTRA": "more nets|more bed nets|more bednets|additional nets|extra nets|additional|extra|supplementaires|moustiquaires de plus",
        "DELIVERY": "delivery|deliver|deliveries|delivery list|logistics|what to bring|bale|bales|livraison|livrer",
        "PALLET": "pallet|pallets|palettes",
        "KEEP": "store this plan|store the plan|store that plan|store plan|store it|save this plan|save the plan|save that plan|keep this plan|keep the plan|enregistre le plan|enregistrer le plan",
        "URBANFIRST": "urban first|urban wards first|urban before rural",
        "NOURBAN": "exclude urban|exclude urban wards|excluding urban|excluding urban wards|without urban|without urban wards|leave out urban|leave out urban wards|no urban wards",
        "INTURN": "sequential|sequentially|highest risk first|strictly by risk|strictly by rank",
        "PROPORTION": "proportional|proportionally|in proportion|in proportion to need|proportionate",
        "WEIGHTED": "weighted|weighted by risk|risk weighted|pondere|ponderee|ponderes|ponderees",
        "CAPPED": "capped|capped at|no ward more than|no ward above|at most per ward|cap",
        "RURALFIRST": "rurales d abord|zones rurales d abord|wards ruraux d abord|ruraux d abord|rural first|rural wards first|rural only|rural wards only|rural before urban|rural d abord",
        "MOSQUITO": "mosquito",
        "WORKFLOW": "workflow|dhis2|facility data|health facility data|facilities data|facility|test data|dialogue",
        "QUALITY": "quality|data quality|reporting rate|reporting rates|reporting|completeness|reports received|how good|qualite des donnees|taux de rapportage",
        "LEVELS": "primary facilities|primary health facilities|primary|secondary|tertiary|all facilities|secondary facilities|primary facilities|tertiary facilities|all levels|primaire|secondaire|tertiaire|primary level|secondary level|tertiary level|primary health centres|primary health care",
        "AGES": "under five|under fives|under 5|under 5s|u5|over five|over fives|over 5|over 5s|o5|pregnant women|pregnant|pregnancy|femmes enceintes|five and over|five and above|moins de cinq ans|moins de 5 ans|cinq ans et plus|all ages|every age|tous les ages",
        "SWITCH": "switch|switch to|change to|passer a",
        "COMBOS": "all combinations|combinations|every combination",
        "REPORT": "report|reports|rapport|rapports|write up|written report|situation report",
        "PACKAGE": "data package|data packages|package of data|reproducible package|zip package|paquet de donnees|paquet|package|packages",
        "LANGUAGE": "english|french|anglais|francais|hausa",
        "URBAN": "milieu urbain|milieux urbains|urbain|urbains|urbaine|urbaines|urban",
        "RURAL": "milieu rural|milieux ruraux|rurales|ruraux|rurale|rural|rual|rurral",
        "EXTENT": "extent",
        "COMPOSITE": "composite",
        "SCORE": "score|scores|risk score",
        "THISONE": "that one|it_|this one|same one|this ward|that ward",
        "AND_": "and in|and for|the same for|same for|same thing for|et a|et pour|and the|what about the|what about|how about|et les|et le",
        "NOT": "not|never|didn t|did not|isn t|aren t|weren t|could not|couldn t|cannot|pas",
        "PREVALENCE_": "worry",
        "CANDIDATE": "candidate|candidates|candidats|re prioritisation|reprioritisation|re prioritization|reprioritization|re prioritise|reprioritise|re prioritize|reprioritize|taken from|taken away|take nets from|take nets away|nets be taken|nets be taken from|nets be moved|moved from|withdraw|withdraw nets|withdrawn",
        "SERVED": "ne recoivent rien|ne recoit rien|n auront rien|ne recevront rien|no go get anything|no dey get anything|no go get nets|no go get net|no go get any nets|no nets|no net|no bednets|zero nets|without nets|without any nets|without a net|not get nets|not get any nets|no get net|get nothing|gets nothing|left without nets|not covered|uncovered|not fully covered|fully covered|full coverage|completely covered|all they need|partly covered|partially covered|only part|sans moustiquaires|sans moustiquaire|aucune moustiquaire|pas de moustiquaires|entierement couverts|partiellement couverts",
        "COVERED": "covered|coverage|protected|couverts|couverture|proteges",
        "NEIGHBOUR": "border|borders|bordering|neighbour|neighbours|neighbor|neighbors|adjacent|adjacent to|what is next to|wards next to|surround|surrounds|voisin|voisins|voisine|voisines|limitrophe|limitrophes",
        "SHARE": "share of|share of the|what share|percent of|percent of the|percentage of|percentage of the|proportion of|proportion of the|what percentage|what proportion|what fraction|fraction of|part de la|quelle part|pourcentage de|proportion de",
        "FACILITY": "health facility|health facilities|facilities|clinic|clinics|health centre|health centres|health center|health centers|phcs|health post|health posts|dispensary|dispensaries|etablissement de sante|etablissements de sante|formation sanitaire|formations sanitaires|centre de sante|centres de sante",
        "TESTED": "tests|tests done|tests carried out|tests performed|test done|tested|number tested|people were tested|persons were tested|children were tested|people tested|persons tested|children tested|tests effectues|tests realises|personnes testees|enfants testes|depistages",
        "POSITIVES": "positives|people tested positive|persons tested positive|people test positive|number of positive tests|number of positives|number positive|positive cases|how many positive tests|how many positives|how many tested positive|how many people tested positive|nombre de tests positifs|combien de tests positifs|cas positifs",
        "MONTH": "month|months|monthly|mois|mensuel|mensuelle|month by month",
        "UNUSUAL": "unusual|unusual months|strange months|anomaly|anomalies|abnormal|spike|spikes|mois inhabituels|anomalie|inhabituel|inhabituels",
        "SPOTS": "hotspot map|hot spot map|cluster|clusters|clustering|cold spot|cold spots|coldspot|coldspots|hotspots of tpr|tpr hotspots|positivity hotspots|hotspots of positivity|spatial clusters",
    }
)

# Variables as people call them -> id in the analysis' registry.
VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "u5_tpr_rdt": "tpr u5|u5 tpr|tpr under five|tpr under fives|tpr of under fives|tpr of the under fives|under five positivity|under fives positivity|positivity of under fives|positivity of the under fives|tpr des moins de cinq ans|tpr des enfants de moins de cinq ans|tpr chez les moins de cinq ans|tests positifs|positive tests|positive test|share of positive tests|percentage of positive tests|proportion of positive tests|percent of positive tests|part des tests positifs|under five test positivity|test positivity of under fives|test positivity in under fives|tpr|test positivity|test positivity rate|positivity|positivity rate|malaria positivity|under five tpr|taux de positivite|positivite",
        "burden": "burden|malaria burden|incidence|malaria burden distribution|charge palustre",
        "pfpr": "parasitaemia|parasitemia|parasitemie|prevalence parasitaire|parasites|malaria parasite prevalence|pfpr|parasite rate|prevalence|parasite prevalence|malaria prevalence|pf parasite rate",
        "rainfall": "precipitations|pluvieux|pluvieuse|pluviometrique|rain|rains|rainfall|rainy|precipitation|pluie|pluies|pluviometrie|rainfalls",
        "temp": "chaleur|chaud|warmth|hotness|temperature|temp|temperatures|heat|hot",
        "humidity": "humid|humidite relative|moisture in the air|humidity|relative humidity|humidite",
        "evi": "indice de vegetation evi|vegetation evi|indice evi|evi|enhanced vegetation",
        "ndvi": "indice de vegetation ndvi|vegetation ndvi|indice ndvi|indice de vegetation|ndvi|vegetation|vegetation index|greenness",
        "ndwi": "indice ndwi|ndwi|water index",
        "ndmi": "indice ndmi|ndmi|moisture index",
        "soil_wetness": "wet is the soil|humidite des sols|soggy|soil wetness|soil moisture|surface soil wetness|wetness|humidite du sol",
        "flood": "innondation|innondations|inondable|flooded|flood|flooding|floods|flood extent|inondation|inondations",
        "distance_to_waterbodies": "distance to the water|distance to nearest water|dist to water|near water|far from water|distance au point d eau|distance aux points d eau|point d eau|distance de l eau|distance to water|distance to water bodies|water distance|distance from water|from water|to water|water bodies|distance a l eau|eau|l eau|de l eau|water|waterbody|waterbodies|water body|plan d eau",
        "elevation": "above sea level|height above sea level|metres above sea level|elevation|altitude|how high|height above sea",
        "housing_quality": "quality of housing|quality of houses|quality of the houses|quality of the housing|qualite de l habitat|qualite des logements|qualite des maisons|house quality|maisons|logements|housing|housing quality|improved housing|house quality|houses|logement|qualite du logement|habitat",
        "nighttime_lights": "night light|night time light|nighttime light|night time lite|lumiere nocturne|lumieres nocturnes|lumiere de nuit|night lights|nightlights|nighttime lights|night time lights|lights|luminosity|ntl",
        "urban_percentage": "percentage urban|pourcentage urbain|taux d urbanisation|urban pct|share of urban|urban percentage|urban share|percent urban|urbanisation|urbanization|urbanised|urban extent|pct urban",
        "settlement_type": "type de peuplement|type d habitat|type of settlement|types of settlement|settlement|settlement type|settlements",
        "building_height": "height of the buildings|hauteur des batiments|hauteur du bati|building height|height of buildings|buildings",
        "population": "headcount|popn|pop|inhabitant|habitant|peuple|peuplee|peuples|peuplees|populated|population|people|persons|inhabitants|habitants|residents|populations|personnes",
    }
)

# Short forms of text messages.
SHORT_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "hw": "how", "wat": "what", "wht": "what", "wich": "which", "whr": "where", "hav": "have", "frm": "from",
        "abt": "about", "shw": "show", "msg": "message", "avg": "average", "tnx": "thanks", "thx": "thanks", "ur": "your",
        "pple": "people", "ppl": "people", "govt": "government", "nb": "combien", "cb": "combien", "numba": "number", "bcp": "beaucoup", "stp": "svp", "dnt": "dont", "cos": "because",
    }
)  # fmt: skip

# One word that names a variable and an end of it.
SUPERLATIVES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "wettest": ("TOP", "rainfall"), "rainiest": ("TOP", "rainfall"), "driest": ("LOW", "rainfall"),
        "hottest": ("TOP", "temp"), "coolest": ("LOW", "temp"), "greenest": ("TOP", "ndvi"),
        "poorest": ("LOW", "housing_quality"), "populous": ("TOP", "population"), "warmest": ("TOP", "temp"), "coldest": ("LOW", "temp"), "darkest": ("LOW", "nighttime_lights"),
        "brightest": ("TOP", "nighttime_lights"), "hotter": ("ABOVE", "temp"), "warmer": ("ABOVE", "temp"),
        "cooler": ("BELOW", "temp"), "colder": ("BELOW", "temp"), "wetter": ("ABOVE", "rainfall"),
    }
)  # fmt: skip


@cache
def phrases() -> Mapping[tuple[str, ...], tuple[str, str]]:
    """Return every phrase as its words, with what kind of thing it names and which.

    A word of two lists is what the later list says: variables before concepts.
    """
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    for concept, words in CONCEPTS.items():
        for phrase in words.split("|"):
            table.setdefault(tuple(phrase.split()), ("concept", concept))
    for variable, words in VARIABLES.items():
        for phrase in words.split("|"):
            table[tuple(phrase.split())] = ("variable", variable)
    return MappingProxyType(table)


@cache
def known_words() -> frozenset[str]:
    """Return every word of the phrases, of the fillers, of the superlatives and of numbers."""
    spoken = FILLERS | frozenset(SUPERLATIVES) | NUMBER_WORDS
    return frozenset(word for words in phrases() for word in words) | spoken
