"""The trigger on `client_leads`: a stage written by another program is a person's word; NULL hands the lead back.

Our own upserts always write `auto_stage` beside the stage, so they never look like a person. `{schema}` is filled in by the migration.
"""

from __future__ import annotations

SQLITE = """
CREATE TRIGGER client_leads_person AFTER UPDATE OF pipeline_stage ON client_leads
WHEN NEW.pipeline_stage IS NOT OLD.pipeline_stage AND NEW.pipeline_stage IS NOT NEW.auto_stage
BEGIN
  UPDATE client_leads
     SET stage_author = CASE WHEN NEW.pipeline_stage IS NULL THEN 'auto' ELSE 'person' END,
         pipeline_stage = coalesce(NEW.pipeline_stage, NEW.auto_stage)
   WHERE instance = NEW.instance AND workspace_id = NEW.workspace_id AND lead_email = NEW.lead_email;
END"""

POSTGRES = (
    """
CREATE FUNCTION {schema}client_leads_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.pipeline_stage IS DISTINCT FROM OLD.pipeline_stage AND NEW.pipeline_stage IS DISTINCT FROM NEW.auto_stage THEN
    NEW.stage_author := CASE WHEN NEW.pipeline_stage IS NULL THEN 'auto' ELSE 'person' END;
    NEW.pipeline_stage := coalesce(NEW.pipeline_stage, NEW.auto_stage);
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER client_leads_person BEFORE UPDATE OF pipeline_stage ON {schema}client_leads
FOR EACH ROW EXECUTE FUNCTION {schema}client_leads_person()""",
)
