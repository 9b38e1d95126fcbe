"""What the terms of the method mean, each in sentences that hold without any result."""

DEFINITIONS = {
    "u5_tpr_rdt": "Test positivity rate (TPR) is the share of malaria tests that are positive: positive tests divided by tests. It is not the share of people who are ill.",
    "pfpr": "The parasite rate (PfPR) is the share of people who carry the malaria parasite, as surveys estimate it.",
    "burden": "Malaria burden is the number of confirmed cases for a fixed number of people in a period.",
    "composite": "The composite score is tried in the plainest way: each combination of variables is a model, a ward's score in it is the mean of its scaled variables, and the composite score is the median over all models.",
    "ranks": "Rank 1 is the ward with the highest score; equal scores share a rank. Tiers cut the ranking in three parts of equal size: high, medium, low.",
    "pca": "Principal component analysis (PCA) is a second opinion: it looks for the directions in which the variables vary together and ranks by them, where its tests allow.",
    "imputation": "A missing value is filled from the wards that touch it, or as you choose for each variable; each filled cell is listed, and a measured malaria outcome is left open.",
    "normalisation": "Each variable is scaled to 0–1 over the wards and turned round where a higher value means less risk.",
    "matching": "Rows and wards are matched by code, else by name; doubtful pairs wait for your decision and nothing is dropped in silence.",
    "stability": "Stability tells how a ward's rank moves from model to model: a short range means that the models agree.",
    "nets": "ITN means insecticide-treated net.",
    "lga": "LGA means local government area.",
    "method": "Variables are matched to wards, gaps are filled, each variable is scaled to 0–1, all combinations are scored, and the median score ranks the wards.",
}  # fmt: skip
