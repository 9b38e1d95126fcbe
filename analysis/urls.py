"""Addresses of the ward analysis: check, variables, and one result from every side."""

from django.urls import path

from analysis.views import (
    charts,
    check,
    covariates,
    dhis2,
    figures,
    overview,
    reference,
    remembered,
    tpr,
    tpr_compare,
    tpr_trends,
    variables,
    wards,
    year_rankings,
)

_result = "sessions/<uuid:session_id>/results/<uuid:result_id>/"

urlpatterns = [
    path("sessions/<uuid:session_id>/facilities/", tpr.session_tpr, name="session_tpr"),
    path("sessions/<uuid:session_id>/facilities/<uuid:result_id>/", tpr.tpr_result, name="tpr_result"),
    path(
        "sessions/<uuid:session_id>/facilities/<uuid:result_id>/combinations/",
        tpr_compare.tpr_compare,
        name="tpr_compare",
    ),
    path(
        "sessions/<uuid:session_id>/facilities/<uuid:result_id>/trends/",
        tpr_trends.tpr_trends,
        name="tpr_trends",
    ),
    path(
        "sessions/<uuid:session_id>/facilities/<uuid:result_id>/use/", tpr.tpr_hand_over, name="tpr_hand_over"
    ),
    path("sessions/<uuid:session_id>/dhis2/", dhis2.session_dhis2, name="session_dhis2"),
    path("sessions/<uuid:session_id>/dhis2/connect/", dhis2.dhis2_connect, name="dhis2_connect"),
    path("sessions/<uuid:session_id>/dhis2/forget/", dhis2.dhis2_forget, name="dhis2_forget"),
    path("sessions/<uuid:session_id>/covariates/", covariates.session_covariates, name="session_covariates"),
    path("sessions/<uuid:session_id>/reference/", reference.session_reference, name="session_reference"),
    path("remembered/", remembered.remembered_list, name="remembered_list"),
    path("remembered/names/<uuid:name_id>/forget/", remembered.forget_name, name="forget_name"),
    path("remembered/columns/<uuid:columns_id>/forget/", remembered.forget_columns, name="forget_columns"),
    path("sessions/<uuid:session_id>/check/", check.session_check, name="session_check"),
    path("sessions/<uuid:session_id>/variables/", variables.session_variables, name="session_variables"),
    path("sessions/<uuid:session_id>/years/", year_rankings.session_years, name="session_years"),
    path("sessions/<uuid:session_id>/years/map", year_rankings.session_years_map, name="session_years_map"),
    path("sessions/<uuid:session_id>/years.csv", year_rankings.session_years_csv, name="session_years_csv"),
    path(_result, overview.result_detail, name="result_detail"),
    path(f"{_result}wards/", wards.result_wards, name="result_wards"),
    path(f"{_result}wards.csv", wards.result_wards_csv, name="result_wards_csv"),
    path(f"{_result}wards/one/<path:ward_code>/", wards.result_ward, name="result_ward"),
    path(f"{_result}map/", figures.result_map, name="result_map"),
    path(f"{_result}variables/", figures.result_variables, name="result_variables"),
    path(f"{_result}charts/", charts.result_charts, name="result_charts"),
    path(f"{_result}charts/drawn", charts.result_chart, name="result_chart"),
    path(f"{_result}models/", figures.result_models, name="result_models"),
    path(f"{_result}stability/", figures.result_stability, name="result_stability"),
    path(f"{_result}pca/", figures.result_pca, name="result_pca"),
    path(f"{_result}comparison/", figures.result_comparison, name="result_comparison"),
    path(f"{_result}filled/", wards.result_filled, name="result_filled"),
    path(f"{_result}pictures/<str:name>", figures.result_picture, name="result_picture"),
    path(f"{_result}methods/", overview.result_methods, name="result_methods"),
    path(f"{_result}downloads/", overview.result_downloads, name="result_downloads"),
]
