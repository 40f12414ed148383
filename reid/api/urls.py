"""Addresses of the store, below /api/."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from reid.api import new_deer, review_views, store
from reid.api.cameras import changes, lists
from reid.api.cameras import views as cameras
from reid.api.clocks import views as clocks
from reid.api.imports import views as imports
from reid.api.photographs import views as acts
from reid.api.pictures import crops, matches, photographs
from reid.api.profiles import views as profiles
from reid.api.repeats import views as repeats

router = SimpleRouter(trailing_slash=False)
router.register("cameras", store.CameraViewSet)
router.register("deployments", store.DeploymentViewSet)
router.register("images", store.ImageViewSet)
router.register("detections", store.DetectionViewSet)
router.register("deer", store.DeerViewSet)
router.register("scores", store.SimilarityScoreViewSet)
router.register("runs", store.ReidRunViewSet)
router.register("operations", store.OperationViewSet)
router.register("imports", imports.ImportViewSet)
router.register("camera-merges", cameras.CameraMergeViewSet)
router.register("camera-changes", lists.CameraChangeViewSet)
router.register("outages", lists.OutageViewSet)
router.register("repeats", repeats.RepeatViewSet)
router.register("clock-corrections", clocks.ClockCorrectionViewSet)

urlpatterns = [
    path("images/<uuid:image>/file", photographs.PhotographFileView.as_view(), name="image-file"),
    path(
        "images/<uuid:image>/thumbnail",
        photographs.PhotographThumbnailView.as_view(),
        name="image-thumbnail",
    ),
    path("detections/<uuid:detection>/crop", crops.CropView.as_view(), name="detection-crop"),
    path(
        "detections/<uuid:detection>/thumbnail",
        crops.ThumbnailView.as_view(),
        name="detection-thumbnail",
    ),
    path("detections/<uuid:detection>/torso", crops.TorsoView.as_view(), name="detection-torso"),
    path(
        "detections/<uuid:detection>/matches/<uuid:deer>",
        matches.MatchesView.as_view(),
        name="detection-matches",
    ),
    path("imports/<uuid:key>/undo", imports.ImportUndoView.as_view(), name="import-undo"),
    path("review/next", review_views.ReviewNextView.as_view(), name="review-next"),
    path("review/confirm", review_views.ConfirmView.as_view(), name="review-confirm"),
    path("review/assign", review_views.AssignView.as_view(), name="review-assign"),
    path("review/new-deer", review_views.NewDeerView.as_view(), name="review-new-deer"),
    path("review/groups", new_deer.GroupsView.as_view(), name="review-groups"),
    path("review/name-group", new_deer.NameGroupView.as_view(), name="review-name-group"),
    path("review/reject", review_views.RejectView.as_view(), name="review-reject"),
    path("review/split", review_views.SplitView.as_view(), name="review-split"),
    path(
        "review/split-sighting",
        review_views.SplitSightingView.as_view(),
        name="review-split-sighting",
    ),
    path("review/merge", review_views.MergeView.as_view(), name="review-merge"),
    path("review/keep-label", review_views.KeepLabelView.as_view(), name="review-keep-label"),
    path("review/keep-apart", review_views.KeepApartView.as_view(), name="review-keep-apart"),
    path("review/enrol", review_views.EnrolView.as_view(), name="review-enrol"),
    path(
        "review/drop-reference",
        review_views.DropReferenceView.as_view(),
        name="review-drop-reference",
    ),
    path("review/invalidate", review_views.InvalidateView.as_view(), name="review-invalidate"),
    path("review/make-valid", review_views.MakeValidView.as_view(), name="review-make-valid"),
    path(
        "review/correct-class", review_views.CorrectClassView.as_view(), name="review-correct-class"
    ),
    path("review/set-flank", review_views.SetFlankView.as_view(), name="review-set-flank"),
    path("review/assign-group", acts.AssignGroupView.as_view(), name="review-assign-group"),
    path("review/draw-box", acts.DrawBoxView.as_view(), name="review-draw-box"),
    path("review/move-box", acts.MoveBoxView.as_view(), name="review-move-box"),
    path("review/delete-boxes", acts.DeleteBoxesView.as_view(), name="review-delete-boxes"),
    path("review/annotate", acts.AnnotateView.as_view(), name="review-annotate"),
    path("review/set-camera", acts.SetCameraView.as_view(), name="review-set-camera"),
    path("review/edit-deer", profiles.EditDeerView.as_view(), name="review-edit-deer"),
    path("review/note-season", profiles.NoteSeasonView.as_view(), name="review-note-season"),
    path("deer/<uuid:deer>/watch", profiles.WatchView.as_view(), name="watched-deer"),
    path("deer-names", profiles.DeerNamesView.as_view(), name="known-names"),
    path("review/undo", review_views.ReviewUndoView.as_view(), name="review-undo"),
    path("cameras/<uuid:camera>/edit", changes.EditCameraView.as_view(), name="api-camera-edit"),
    path(
        "cameras/<uuid:camera>/add-deployment",
        changes.AddDeploymentView.as_view(),
        name="add-deployment",
    ),
    path(
        "deployments/<uuid:deployment>/edit",
        changes.EditDeploymentView.as_view(),
        name="deployment-edit",
    ),
    path(
        "deployments/<uuid:deployment>/remove",
        changes.RemoveDeploymentView.as_view(),
        name="deployment-remove",
    ),
    path("cameras/<uuid:camera>/add-outage", changes.AddOutageView.as_view(), name="add-outage"),
    path("outages/<uuid:outage>/edit", changes.EditOutageView.as_view(), name="outage-edit"),
    path("outages/<uuid:outage>/remove", changes.RemoveOutageView.as_view(), name="outage-remove"),
    path(
        "camera-changes/<uuid:change>/undo",
        changes.UndoCameraChangeView.as_view(),
        name="camera-change-undo",
    ),
    path("cameras/<uuid:camera>/merge", cameras.MergeCamerasView.as_view(), name="camera-merge"),
    path(
        "camera-merges/<uuid:merge>/undo",
        cameras.UndoCameraMergeView.as_view(),
        name="camera-merge-undo",
    ),
    path(
        "cameras/<uuid:camera>/correct-clock",
        clocks.CorrectClockView.as_view(),
        name="camera-correct-clock",
    ),
    path(
        "clock-corrections/<uuid:correction>/undo",
        clocks.UndoClockCorrectionView.as_view(),
        name="clock-correction-undo",
    ),
    path("repeats/<uuid:repeat>/answer", repeats.AnswerRepeatView.as_view(), name="repeat-answer"),
    *router.urls,
]
