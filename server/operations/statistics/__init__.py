"""Statistics: counting messages as they are accepted and as they end, and counting them anew."""
