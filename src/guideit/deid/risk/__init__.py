"""How far a clinical table could single somebody out, or give something away: measured, with stated assumptions."""
