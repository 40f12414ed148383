"""Addresses of the pages of cameras, below /cameras/."""

from __future__ import annotations

from django.urls import path

from thumper.pages.cameras import acts, clocks, history, listing, maps, merges, one

urlpatterns = [
    path("", listing.cameras, name="cameras"),
    path("places.json", listing.places, name="camera-places"),
    path("map", maps.under, name="camera-map"),
    path("map/add", maps.add, name="camera-map-add"),
    path("map/none", maps.use, name="camera-map-none"),
    path("map/<uuid:key>/use", maps.use, name="camera-map-use"),
    path("map/<uuid:key>/edges", maps.move, name="camera-map-edges"),
    path("map/picture/<uuid:key>.jpg", maps.picture, name="camera-map-picture"),
    path("map/tiles/<int:zoom>/<int:column>/<int:row>", maps.tile, name="camera-map-tile"),
    path("<uuid:key>", one.camera, name="camera"),
    path("<uuid:key>/history", history.history, name="camera-history"),
    path("<uuid:key>/edit", acts.edit, name="camera-edit"),
    path("<uuid:key>/deployments", acts.add_deployment, name="camera-add-deployment"),
    path("<uuid:key>/deployments/<uuid:row>", acts.deployment, name="camera-deployment"),
    path(
        "<uuid:key>/deployments/<uuid:row>/remove",
        acts.remove_deployment,
        name="camera-remove-deployment",
    ),
    path("<uuid:key>/outages", acts.add_outage, name="camera-add-outage"),
    path("<uuid:key>/outages/<uuid:row>", acts.outage, name="camera-outage"),
    path("<uuid:key>/outages/<uuid:row>/remove", acts.remove_outage, name="camera-remove-outage"),
    path("<uuid:key>/clock", clocks.clock, name="camera-clock"),
    path("<uuid:key>/merge", merges.merge, name="camera-merge-page"),
    path("<uuid:key>/undo-change/<uuid:act>", acts.undo_change, name="camera-undo-change"),
    path("<uuid:key>/undo-merge/<uuid:act>", acts.undo_merge, name="camera-undo-merge"),
    path(
        "<uuid:key>/undo-correction/<uuid:act>",
        acts.undo_correction,
        name="camera-undo-correction",
    ),
]
