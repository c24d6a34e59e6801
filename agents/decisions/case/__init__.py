"""The life of a case, decided: opening, asking, answering, challenging, escalating, folding."""
