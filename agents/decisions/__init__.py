"""Pure decisions: state and input and now in, new state and facts and effects out. No clock, no I/O."""
