SELECT bisonwatch.facts.instance,
    bisonwatch.facts.workspace_id,
    bisonwatch.facts.type,
    bisonwatch.facts.key
FROM bisonwatch.facts
WHERE (bisonwatch.facts.instance, bisonwatch.facts.workspace_id, bisonwatch.facts.type, bisonwatch.facts.key) IN (($1, $2, $3, $4));
