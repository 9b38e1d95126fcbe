"""What QGIS makes of a layer of a GeoPackage, as JSON. Run by a Python that has QGIS: in_qgis.py FILE LAYER."""

import json
import sys

from qgis.core import QgsApplication, QgsRenderContext, QgsVectorLayer


def main(path, name):
    program = QgsApplication([], False)
    program.initQgis()
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    renderer = layer.renderer()
    rules = [[rule.label(), rule.symbol().color().name()] for rule in renderer.rootRule().children()]
    context = QgsRenderContext()
    renderer.startRender(context, layer.fields())
    drawn = sum(renderer.willRenderFeature(ward, context) for ward in layer.getFeatures())
    renderer.stopRender(context)
    told = {"valid": layer.isValid(), "wards": layer.featureCount(), "rules": rules, "drawn": drawn}
    sys.stdout.write(json.dumps(told) + "\n")
    del renderer, layer
    program.exitQgis()


main(*sys.argv[1:])
