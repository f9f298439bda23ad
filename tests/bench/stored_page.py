"""Baseline of the server's first page: the same JSON, from the same file, by SQL for this question.

The statement knows the tables, the attributes and the question, and SQLite itself writes the JSON;
what crmdeck does for any question is measured against it.
"""

import sqlite3
from pathlib import Path

CACHE_KIB = 16_384
"""Memory for pages of the file: as much as one of crmdeck's readers has."""

SHOWN = """
SELECT json_object(
  'id', t.id,
  'created_at', t.created_at,
  'updated_at', t.updated_at,
  'attributes', json_object(
    'id', json_object('value_type', 'uuid', 'value', t.id),
    'organization_id', json_object('value_type', 'uuid', 'value', organization.id),
    'created_at', json_object('value_type', 'timestamp', 'value', t.created_at),
    'updated_at', json_object('value_type', 'timestamp', 'value', t.updated_at),
    'display_name', json_object('value_type', 'string', 'value', t.display_name),
    'stage', json_object('value_type', 'contact_stage', 'value', json(stage.shown)),
    'created_by_user_id', json_object('value_type', 'record_reference', 'value',
      CASE WHEN t.created_by_user_id IS NOT NULL THEN json_object(
        'related_record_id', t.created_by_user_id, 'related_record_type', 'user') END),
    'owner_user_id', json_object('value_type', 'record_reference', 'value',
      CASE WHEN t.owner_user_id IS NOT NULL THEN json_object(
        'related_record_id', t.owner_user_id, 'related_record_type', 'user') END),
    'participant_user_id_list', (
      SELECT json_group_array(json_object('value_type', 'record_reference', 'value', json_object(
        'related_record_id', value, 'related_record_type', 'user')))
      FROM (SELECT value FROM contact__participant_user_id_list
        WHERE record_id = t.id ORDER BY position)),
    'first_name', json_object('value_type', 'string', 'value', t.first_name),
    'last_name', json_object('value_type', 'string', 'value', t.last_name),
    'middle_name', json_object('value_type', 'string', 'value', t.middle_name),
    'title', json_object('value_type', 'string', 'value', t.title),
    'department', json_object('value_type', 'string', 'value', t.department),
    'primary_email', json_object('value_type', 'email', 'value', t.primary_email),
    'primary_phone_number',
      json_object('value_type', 'phone_number', 'value', t.primary_phone_number),
    'sms_consent', json_object('value_type', 'boolean', 'value',
      json(CASE t.sms_consent WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)),
    'address', json_object('value_type', 'address', 'value',
      CASE WHEN coalesce(t.address_street_one, t.address_street_two, t.address_city,
          t.address_state, t.address_country, t.address_zip_code) IS NOT NULL
        THEN json_object(
          'street_one', t.address_street_one, 'street_two', t.address_street_two,
          'city', t.address_city, 'state', t.address_state,
          'country', t.address_country, 'zip_code', t.address_zip_code) END),
    'contact_emails', (
      SELECT json_group_array(json_object('value_type', 'contact_email', 'value', json_object(
        'id', id, 'email', email,
        'is_primary', json(CASE is_primary WHEN 1 THEN 'true' ELSE 'false' END),
        'labels', json(coalesce(labels, '[]')))))
      FROM (SELECT * FROM contact__contact_emails WHERE record_id = t.id ORDER BY position)),
    'contact_phone_numbers', (
      SELECT json_group_array(json_object('value_type', 'contact_phone_number', 'value',
        json_object(
          'id', id, 'phone_number', phone_number,
          'is_primary', json(CASE is_primary WHEN 1 THEN 'true' ELSE 'false' END),
          'labels', json(coalesce(labels, '[]')))))
      FROM (SELECT * FROM contact__contact_phone_numbers
        WHERE record_id = t.id ORDER BY position))),
  'record_type', 'contact')
"""
"""A contact as a JSON text."""

FIRST_PAGE = f"""
WITH
stage AS (
  SELECT id, json_object(
    'id', id, 'display_value', display_value, 'api_name', api_name, 'color', color) AS shown
  FROM crm_option WHERE record_type = 'contact' AND attribute = 'stage' AND api_name = 'working'),
organization AS (
  SELECT value AS id FROM crm_meta WHERE key = 'organization_id'),
page AS (
  SELECT * FROM contact
  WHERE stage = (SELECT id FROM stage) AND archived_at IS NULL
  ORDER BY updated_at DESC, id DESC LIMIT 100)
{SHOWN}FROM page AS t, stage, organization
ORDER BY t.updated_at DESC, t.id DESC
"""
"""The first 100 contacts in the stage `working`, changed last first, a JSON text each."""


class StoredPage:
    """The hand-written question, on a connection that cannot write."""

    def __init__(self, workspace: Path) -> None:
        self._connection = sqlite3.connect(f"{workspace.as_uri()}?mode=ro", uri=True)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    def answer(self) -> bytes:
        """The page as JSON, without a cursor."""
        records = [record for (record,) in self._connection.execute(FIRST_PAGE)]
        return f'{{"data":[{",".join(records)}]}}'.encode()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
