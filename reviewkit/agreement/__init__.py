"""Ratings into agreement coefficients, reliability, rater effects and consensus, each with its interval."""
