SELECT facts.instance,
    facts.workspace_id,
    facts.type,
    facts."key"
FROM facts
WHERE (facts.instance, facts.workspace_id, facts.type, facts."key") IN (VALUES (?, ?, ?, ?)) AND facts.source != ?;
