/* The drawings of the demo picture. */
#ifndef PIPELINE_SCENE_SVG_H
#define PIPELINE_SCENE_SVG_H

/** The stage, 720 x 1280; drawn beyond its edges for other shapes of picture. */
extern const char scene_stage_svg[];
/** What is held up when there is no folder of items: 960 x 1200. */
extern const char scene_item_svg[];
#endif
