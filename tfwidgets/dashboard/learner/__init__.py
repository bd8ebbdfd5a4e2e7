"""A training of a fastai learner: the callback, what feeds the session, what steers."""
