{{#if expand}}
-- Take back what up.sql added; the code that ran before must work again.
{{/if}}
{{#if backfill}}
-- Take back what up.sql wrote, where that loses nothing.
{{/if}}
{{#if contract}}
-- Bring back what up.sql took away.  Data that was dropped comes back from a
-- backup only.
{{/if}}
