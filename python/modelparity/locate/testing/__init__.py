"""Models made by hand, and a hunt for faults that were planted, for `locate`'s tests."""
