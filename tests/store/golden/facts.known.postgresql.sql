SELECT bisonwatch.facts.instance,
    bisonwatch.facts.workspace_id,
    bisonwatch.facts.type,
    bisonwatch.facts.key
FROM bisonwatch.facts
WHERE (bisonwatch.facts.instance, bisonwatch.facts.workspace_id, bisonwatch.facts.type, bisonwatch.facts.key) IN (($2, $3, $4, $5)) AND bisonwatch.facts.source != $1::VARCHAR;
