"""The guard of `client_leads` for what other programs insert; what they update is guarded since 0001 (`store.stage_guard`).

Our own inserts name every column and give the automatic stage, so that the conditions never hold for them. A stage of NULL is left
alone: in an upsert it is the word that hands a lead back, and must reach the update as it is; a new lead gets its stage with the
first news of it.
"""

from __future__ import annotations

_LOWEST_RANK = -1
"""Whatever the provider says of the lead is newer."""

SQLITE = (
    """
CREATE TRIGGER client_leads_given BEFORE INSERT ON client_leads
WHEN NEW.instance IS NULL OR NEW.workspace_id IS NULL OR NEW.known_at IS NULL
BEGIN
  SELECT raise(ABORT, 'client_leads: a new lead needs instance, workspace_id and the known_ columns; \
leads that are here can be updated by workspace_name and lead_email');
END""",
    """
CREATE TRIGGER client_leads_new AFTER INSERT ON client_leads
WHEN NEW.pipeline_stage <> NEW.auto_stage AND NEW.stage_author = 'auto'
BEGIN
  UPDATE client_leads SET stage_author = 'person'
   WHERE instance = NEW.instance AND workspace_id = NEW.workspace_id AND lead_email = NEW.lead_email;
END""",
)

# It runs with the owner's rights, so that a portal needs none but on `client_leads`: all it looks into is the registry.
POSTGRES = (
    f"""
CREATE FUNCTION client_leads_given() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = "{{schema}}", pg_temp AS $$
BEGIN
  IF NEW.instance IS NULL OR NEW.workspace_id IS NULL THEN
    SELECT r.instance, r.workspace_id INTO NEW.instance, NEW.workspace_id
      FROM client_registry AS r WHERE r.workspace_name = NEW.workspace_name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'client_leads: no workspace in client_registry is called "%"', NEW.workspace_name
        USING ERRCODE = 'foreign_key_violation';
    END IF;
  END IF;
  NEW.lead_email := lower(btrim(NEW.lead_email));
  NEW.updated_at := coalesce(NEW.updated_at, now());
  IF NEW.known_at IS NULL THEN
    NEW.known_at := 'epoch';
    NEW.known_rank := {_LOWEST_RANK};
    NEW.known_sequence := 0;
  END IF;
  IF NEW.stage_author = 'auto' AND NEW.pipeline_stage <> NEW.auto_stage THEN
    NEW.stage_author := 'person';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER client_leads_given BEFORE INSERT ON client_leads
FOR EACH ROW WHEN (NEW.instance IS NULL OR NEW.workspace_id IS NULL OR NEW.known_at IS NULL
                   OR NEW.stage_author = 'auto' AND NEW.pipeline_stage <> NEW.auto_stage)
EXECUTE FUNCTION client_leads_given()""",
)
