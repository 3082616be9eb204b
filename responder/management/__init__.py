"""What a team and its management look at together: inflow, load of people, the digest."""
