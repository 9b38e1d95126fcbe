"""Addresses of net planning: the plan form, one plan from every side, plans side by side."""

from django.urls import path

from itn.views import comparison, delivery, nets, plan_map, plans

_plan = "sessions/<uuid:session_id>/plans/<uuid:result_id>/"

urlpatterns = [
    path("sessions/<uuid:session_id>/nets/", nets.session_nets, name="session_nets"),
    path("sessions/<uuid:session_id>/plans/compare/", comparison.plan_comparison, name="plan_comparison"),
    path(
        "sessions/<uuid:session_id>/plans/compare/compare.csv",
        comparison.plan_comparison_csv,
        name="plan_comparison_csv",
    ),
    path(_plan, plans.plan_detail, name="plan_detail"),
    path(f"{_plan}map/", plan_map.plan_map, name="plan_map"),
    path(f"{_plan}map.json", plan_map.plan_map_values, name="plan_map_values"),
    path(f"{_plan}wards/", plans.plan_wards, name="plan_wards"),
    path(f"{_plan}delivery/", delivery.plan_delivery, name="plan_delivery"),
    path(f"{_plan}delivery.csv", delivery.plan_delivery_csv, name="plan_delivery_csv"),
    path(f"{_plan}curves/", plans.plan_curves, name="plan_curves"),
    path(f"{_plan}downloads/", plans.plan_downloads, name="plan_downloads"),
    path(f"{_plan}to/<uuid:other_id>/map.svg", comparison.plan_difference_map, name="plan_difference_map"),
    path(
        f"{_plan}to/<uuid:other_id>/map.json",
        comparison.plan_difference_values,
        name="plan_difference_values",
    ),
    path(f"{_plan}pictures/<str:name>", plans.plan_picture, name="plan_picture"),
]
