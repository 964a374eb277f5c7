-- Migration-Phase: {{phase}}
{{#if contracts}}
-- Migration-Contracts: {{contracts}}
{{/if}}
{{#if window}}
-- Rollback-Window: {{window}}
{{/if}}
{{#if owner}}
-- Rollback-Owner: {{owner}}
{{/if}}
{{#if flag}}
-- Feature-Flag: {{flag}}
{{/if}}

{{#if expand}}
-- Only what the code that runs now does not notice: new tables, new columns
-- that may be null, new indexes (CREATE INDEX CONCURRENTLY).
{{/if}}
{{#if backfill}}
-- Move the data in small batches that may be run again.
{{/if}}
{{#if contract}}
-- Take away what no running code uses any more.
{{/if}}
