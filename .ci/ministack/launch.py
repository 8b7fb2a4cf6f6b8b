"""Starts MiniStack with one correction.

When version 1.5.33 updates a nested stack, it forgets the attributes of the resources that do not change, so that whatever refers
to them by Fn::GetAtt fails: a function whose environment changes, by the ARN of its role. Here they are remembered.
"""

import sys

from ministack.app import main
from ministack.services.cloudformation import provisioners

create, update = provisioners._provision_resource, provisioners._update_resource
attributes = {}


def remembering_create(kind, logical_id, properties, stack):
    created = create(kind, logical_id, properties, stack)
    attributes[stack, logical_id] = created[1]
    return created


def remembering_update(kind, physical_id, before, after, stack, logical_id=None, known=None):
    updated = update(kind, physical_id, before, after, stack, logical_id, known or attributes.get((stack, logical_id)))
    attributes[stack, logical_id] = updated[1]
    return updated


provisioners._provision_resource, provisioners._update_resource = remembering_create, remembering_update
sys.exit(main())
