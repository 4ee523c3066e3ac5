"""Members to each other: pages, follows, feed, notifications, collaborations, referrals."""
