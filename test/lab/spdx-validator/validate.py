"""Reads an SPDX 2 document as JSON from standard input; writes a JSON list of what is wrong with it."""

import json
import sys

from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

try:
    document = JsonLikeDictParser().parse(json.load(sys.stdin))
    faults = [
        f"{fault.context.element_type} {fault.context.spdx_id}: {fault.validation_message}"
        for fault in validate_full_spdx_document(document)
    ]
except SPDXParsingError as error:
    faults = error.get_messages()
json.dump(faults, sys.stdout)
