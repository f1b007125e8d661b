"""Pictures of workflows: the steps as they are written, with undo and failure in a lane of their own."""
