"""`make bench`: how fast the platform is on this machine, each figure beside one to hold it against."""
