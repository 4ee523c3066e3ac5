"""The one place for advertising on browse and item pages: staff fill it, members with the ad-free feature never see it."""
