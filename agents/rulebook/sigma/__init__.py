"""Sigma: rules of that language for CloudTrail, turned into rules of ours as far as ours can say them."""
