"""One figure of panels and what a person does to it: layout, header, clock, knobs, and the run that is followed."""
